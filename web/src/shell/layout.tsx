import type { ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import { WaitingCount } from '../features/approvals/waiting-count.tsx';
import { IdentityMenu, type Session } from '../features/me/identity-menu.tsx';
import { ColorSchemeToggle } from './color-scheme-toggle.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { Logo } from './logo.tsx';
import { RouteAnnouncer } from './route-announcer.tsx';
import { ServerState } from './server-state.tsx';
import { TroubleBanner } from './trouble-banner.tsx';
import { useShortcuts } from './use-shortcuts.ts';
import classes from './layout.module.css';

/** The frame around every page: skip link, header, the server's state, and the page itself. */
export function Layout({ session, children }: { session: Session; children: ReactNode }) {
  const shortcuts = useShortcuts();
  return (
    <>
      <a className={classes.skip} href="#main">
        Skip to content
      </a>
      <header className={classes.header}>
        <div className={classes.bar}>
          <Link to="/" className={classes.home} aria-label="Plumbline, dashboard">
            <Logo />
          </Link>
          <nav aria-label="Main" className={classes.nav}>
            <NavLink to="/">Dashboard</NavLink>
            <NavLink to="/approvals">
              Approvals
              <WaitingCount />
            </NavLink>
            <NavLink to="/environments">Environments</NavLink>
            <NavLink to="/audit">Audit</NavLink>
            <a href="/docs">API</a>
          </nav>
          <div className={classes.tools}>
            <ServerState />
            <ColorSchemeToggle />
            <HelpDialog shortcuts={shortcuts} />
            <IdentityMenu session={session} />
          </div>
        </div>
      </header>
      <TroubleBanner />
      <main id="main" tabIndex={-1} className={classes.main}>
        {children}
      </main>
      <RouteAnnouncer />
    </>
  );
}

function NavLink({ to, children }: { to: string; children: ReactNode }) {
  const { pathname } = useLocation();
  const here = to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`);
  return (
    <Link to={to} aria-current={here ? 'page' : undefined}>
      {children}
    </Link>
  );
}
