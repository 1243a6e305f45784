import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Route, Routes } from 'react-router';
import { ApiContext } from './api/api-context.ts';
import { createApiClient } from './api/client.ts';
import { createQueryClient } from './api/create-query-client.ts';
import { createTokenStore } from './api/token-store.ts';
import { ApprovalsPage } from './features/approvals/approvals-page.tsx';
import { AuditPage } from './features/audit/audit-page.tsx';
import { DashboardPage } from './features/dashboard/dashboard-page.tsx';
import { EnvironmentPage } from './features/environments/environment-page.tsx';
import { EnvironmentsPage } from './features/environments/environments-page.tsx';
import { RepoPage } from './features/repo/repo-page.tsx';
import { StackPage } from './features/stack/stack-page.tsx';
import { TaskPage } from './features/tasks/task-page.tsx';
import { Layout } from './shell/layout.tsx';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { TokenDialog } from './shell/token-dialog.tsx';

/** The whole web UI: every page inside one frame. */
export function App() {
  const [tokenNeeded, setTokenNeeded] = useState(false);
  // Whether the server refused the token that was given; asking for another one is no refusal.
  const [refused, setRefused] = useState(false);
  // A new token begins anew, so that streams which the server refused are opened again.
  const [session, setSession] = useState(0);
  const [{ tokens, api, queries }] = useState(() => {
    const tokens = createTokenStore(() => window.sessionStorage);
    const queries = createQueryClient(() => {
      setRefused(tokens.read() !== null);
      setTokenNeeded(true);
    });
    return { tokens, api: createApiClient(tokens), queries };
  });

  const begin = (token: string | null) => {
    tokens.write(token);
    setRefused(false);
    setTokenNeeded(false);
    setSession((count) => count + 1);
    // What one person was shown is not for the next one.
    void queries.resetQueries();
  };

  return (
    <ApiContext value={api}>
      <QueryClientProvider client={queries}>
        <Layout session={{ signIn: () => setTokenNeeded(true), signOut: () => begin(null) }}>
          <Routes key={session}>
            <Route path="/" element={<DashboardPage />} />
            <Route path="/repos/:repo" element={<RepoPage />} />
            <Route path="/repos/:repo/stacks/*" element={<StackPage />} />
            <Route path="/tasks/:id" element={<TaskPage />} />
            <Route path="/approvals" element={<ApprovalsPage />} />
            <Route path="/environments" element={<EnvironmentsPage />} />
            <Route path="/environments/:name" element={<EnvironmentPage />} />
            <Route path="/audit" element={<AuditPage />} />
            <Route path="*" element={<NotFoundPage />} />
          </Routes>
        </Layout>
        <TokenDialog
          opened={tokenNeeded}
          rejected={refused}
          onSubmit={begin}
          onClose={() => setTokenNeeded(false)}
        />
      </QueryClientProvider>
    </ApiContext>
  );
}
