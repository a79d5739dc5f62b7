import { Link, Outlet } from '@tanstack/react-router';
import { useState } from 'react';
import { type Theme, wayBack } from '../session/session.ts';
import { useMay, useSession } from '../session/sign-in.ts';
import { keptTheme, setTheme } from '../session/theme.ts';
import { words } from '../words/words.ts';

/** What is around every page. */
export function Layout() {
  const session = useSession();
  const back = wayBack(session.return_url);
  return (
    <>
      <a className="skip" href="#content">
        {words.skipToContent}
      </a>
      <header className="top">
        <span className="product">{words.product}</span>
        <Navigation />
        <div className="top-end">
          <ThemeChoice ofSession={session.theme} />
          {back && (
            <a href={back.href} target="_top">
              {words.returnTo(back.host)}
            </a>
          )}
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}

/** The pages that the session may see. */
function Navigation() {
  const mayReplay = useMay('replay');
  const texts = words.nav;
  return (
    <nav aria-label={words.mainNavigation}>
      <Link to="/endpoints">{texts.endpoints}</Link>
      <Link to="/deliveries">{texts.deliveries}</Link>
      <Link to="/events">{texts.events}</Link>
      <Link to="/event-types">{texts.eventTypes}</Link>
      {mayReplay && <Link to="/jobs">{texts.jobs}</Link>}
      <Link to="/help">{texts.help}</Link>
    </nav>
  );
}

function ThemeChoice({ ofSession }: { ofSession: Theme | null }) {
  const [theme, choose] = useState<Theme>(keptTheme() ?? ofSession ?? 'system');
  const texts = words.theme;
  return (
    <select
      aria-label={texts.label}
      value={theme}
      onChange={({ target }) => {
        const chosen = (['system', 'light', 'dark'] as const).find((one) => one === target.value) ?? 'system';
        setTheme(chosen);
        choose(chosen);
      }}
    >
      <option value="system">{texts.system}</option>
      <option value="light">{texts.light}</option>
      <option value="dark">{texts.dark}</option>
    </select>
  );
}
