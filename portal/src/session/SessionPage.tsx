import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { router } from '../router.tsx';
import { useAppearance } from './appearance.ts';
import { firstPath } from './session.ts';
import { useSession } from './sign-in.ts';
import { keptTheme, showTheme } from './theme.ts';

/** What a session does to the page when it begins: its colours, and the path that it begins with. */
export function SessionPage({ children }: { children: ReactNode }) {
  const { theme, next } = useSession();
  const queries = useQueryClient();
  // Before anything is drawn, so that nothing is drawn twice.
  useState(() => {
    // What a former session read is nobody else's to see.
    queries.clear();
    showTheme(keptTheme() ?? theme ?? 'system');
    const first = firstPath(next);
    if (first !== undefined && /^\/portal\/?$/.test(location.pathname)) router.history.replace(`/portal${first}`);
  });
  useAppearance(theme);
  return children;
}
