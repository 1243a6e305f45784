import type { ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import { ColorSchemeToggle } from './color-scheme-toggle.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { Logo } from './logo.tsx';
import { RouteAnnouncer } from './route-announcer.tsx';
import { ServerState } from './server-state.tsx';
import { TroubleBanner } from './trouble-banner.tsx';
import { useShortcuts } from './use-shortcuts.ts';
import classes from './layout.module.css';

/** The frame around every page: skip link, header, the server's state, and the page itself. */
export function Layout({ children }: { children: ReactNode }) {
  const shortcuts = useShortcuts();
  const { pathname } = useLocation();
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
            <Link to="/" aria-current={pathname === '/' ? 'page' : undefined}>
              Dashboard
            </Link>
            <a href="/docs">API</a>
          </nav>
          <div className={classes.tools}>
            <ServerState />
            <ColorSchemeToggle />
            <HelpDialog shortcuts={shortcuts} />
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
