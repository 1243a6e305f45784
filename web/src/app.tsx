import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Route, Routes } from 'react-router';
import { ApiContext } from './api/api-context.ts';
import { createApiClient } from './api/client.ts';
import { createQueryClient } from './api/create-query-client.ts';
import { createTokenStore } from './api/token-store.ts';
import { DashboardPage } from './features/dashboard/dashboard-page.tsx';
import { RepoPage } from './features/repo/repo-page.tsx';
import { StackPage } from './features/stack/stack-page.tsx';
import { TaskPage } from './features/tasks/task-page.tsx';
import { Layout } from './shell/layout.tsx';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { TokenDialog } from './shell/token-dialog.tsx';

/** The whole web UI: driftd's three pages inside one frame. */
export function App() {
  const [tokenNeeded, setTokenNeeded] = useState(false);
  // A new token begins anew, so that streams which the server refused are opened again.
  const [session, setSession] = useState(0);
  const [{ tokens, api, queries }] = useState(() => {
    const tokens = createTokenStore(() => window.sessionStorage);
    const queries = createQueryClient(() => setTokenNeeded(true));
    return { tokens, api: createApiClient(tokens), queries };
  });

  const acceptToken = (token: string) => {
    tokens.write(token);
    setTokenNeeded(false);
    setSession((count) => count + 1);
    void queries.invalidateQueries();
  };

  return (
    <ApiContext value={api}>
      <QueryClientProvider client={queries}>
        <Layout>
          <Routes key={session}>
            <Route path="/" element={<DashboardPage />} />
            <Route path="/repos/:repo" element={<RepoPage />} />
            <Route path="/repos/:repo/stacks/*" element={<StackPage />} />
            <Route path="/tasks/:id" element={<TaskPage />} />
            <Route path="*" element={<NotFoundPage />} />
          </Routes>
        </Layout>
        <TokenDialog
          opened={tokenNeeded}
          rejected={tokens.read() !== null}
          onSubmit={acceptToken}
          onClose={() => setTokenNeeded(false)}
        />
      </QueryClientProvider>
    </ApiContext>
  );
}
