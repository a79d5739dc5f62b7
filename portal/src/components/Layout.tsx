import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { usePortalSettings, useProductName } from '../session/appearance.ts';
import { type Theme, wayBack } from '../session/session.ts';
import { useShortcuts } from '../session/shortcuts.ts';
import { useMay, useSession } from '../session/sign-in.ts';
import { keptTheme, setTheme } from '../session/theme.ts';
import { words } from '../words/words.ts';

/** Few people ever ask for it. */
const ShortcutsDialog = lazy(() => import('../features/shortcuts/ShortcutsDialog.tsx'));

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
        <Product />
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
      <Keyboard />
    </>
  );
}

function Product() {
  const settings = usePortalSettings();
  const name = useProductName();
  const isLogoAlone = settings?.logo != null && settings.name === null;
  return (
    <span className="product">
      {settings?.logo != null && <img src={settings.logo} alt={isLogoAlone ? name : ''} />}
      {!isLogoAlone && name}
    </span>
  );
}

/** The pages that the session may see, less those that the settings hide. */
function Navigation() {
  const mayReplay = useMay('replay');
  const hidden = usePortalSettings()?.hidden_navigation ?? [];
  const texts = words.nav;
  return (
    <nav aria-label={words.mainNavigation}>
      <Link to="/endpoints">{texts.endpoints}</Link>
      {!hidden.includes('deliveries') && <Link to="/deliveries">{texts.deliveries}</Link>}
      {!hidden.includes('events') && <Link to="/events">{texts.events}</Link>}
      {!hidden.includes('event_types') && <Link to="/event-types">{texts.eventTypes}</Link>}
      {mayReplay && !hidden.includes('jobs') && <Link to="/jobs">{texts.jobs}</Link>}
      {!hidden.includes('help') && <Link to="/help">{texts.help}</Link>}
    </nav>
  );
}

function ThemeChoice({ ofSession }: { ofSession: Theme | null }) {
  const [chosen, choose] = useState(keptTheme);
  const settings = usePortalSettings();
  const texts = words.theme;
  return (
    <select
      aria-label={texts.label}
      value={chosen ?? ofSession ?? settings?.theme ?? 'system'}
      onChange={({ target }) => {
        const theme = (['system', 'light', 'dark'] as const).find((one) => one === target.value) ?? 'system';
        setTheme(theme);
        choose(theme);
      }}
    >
      <option value="system">{texts.system}</option>
      <option value="light">{texts.light}</option>
      <option value="dark">{texts.dark}</option>
    </select>
  );
}

/** What single keys do. */
function Keyboard() {
  const navigate = useNavigate();
  const [isListOpen, setListOpen] = useState(false);
  const actions = useMemo(
    () => ({
      '/': () => document.querySelector<HTMLElement>('search input')?.focus(),
      'g e': () => void navigate({ to: '/endpoints' }),
      'g d': () => void navigate({ to: '/deliveries' }),
      '?': () => setListOpen(true),
    }),
    [navigate],
  );
  useShortcuts(actions);
  return <Suspense>{isListOpen && <ShortcutsDialog onClose={() => setListOpen(false)} />}</Suspense>;
}
