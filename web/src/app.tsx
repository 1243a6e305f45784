import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Route, Routes } from 'react-router';
import { ApiContext } from './api/api-context.ts';
import { createApiClient } from './api/client.ts';
import { createQueryClient } from './api/create-query-client.ts';
import { SignInContext } from './api/sign-in-context.ts';
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
  // Whoever has closed the dialog opens it again when they want to; answers that come by themselves don't.
  const [dialog, setDialog] = useState<'none' | 'open' | 'closed'>('none');
  // Whether the server refused the token that was given; asking for another one is no refusal.
  const [refused, setRefused] = useState(false);
  // A new token begins anew, so that streams which the server refused are opened again.
  const [session, setSession] = useState(0);
  const [signedOut, setSignedOut] = useState(false);
  const [{ tokens, api, queries }] = useState(() => {
    const tokens = createTokenStore(() => window.sessionStorage);
    const queries = createQueryClient(() => {
      setSignedOut(true);
      setRefused(tokens.read() !== null);
      setDialog((now) => (now === 'closed' ? now : 'open'));
    });
    return { tokens, api: createApiClient(tokens), queries };
  });

  const begin = (token: string | null) => {
    tokens.write(token);
    setRefused(false);
    setDialog('none');
    setSignedOut(false);
    setSession((count) => count + 1);
    // What one person was shown is not for the next one.
    void queries.resetQueries();
  };

  const signIn = () => setDialog('open');

  return (
    <ApiContext value={api}>
      <QueryClientProvider client={queries}>
        <SignInContext value={signIn}>
          <Layout session={{ signedOut, signIn, signOut: () => begin(null) }}>
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
            opened={dialog === 'open'}
            rejected={refused}
            onSubmit={begin}
            onClose={() => setDialog(signedOut ? 'closed' : 'none')}
          />
        </SignInContext>
      </QueryClientProvider>
    </ApiContext>
  );
}
