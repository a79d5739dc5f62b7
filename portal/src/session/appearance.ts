import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { portalSettingsQuery } from '../api/queries.ts';
import type { PortalSettings } from '../api/types.ts';
import { words } from '../words/words.ts';
import type { Theme } from './session.ts';
import { keptTheme, showTheme } from './theme.ts';

/** How long the page waits for its colours before it shows itself in its own. */
const PATIENCE_MS = 400;

/** What is large has corners that are rounder. */
const LARGE = 5 / 3;

/** The settings of whoever runs this installation; undefined until they are there, or if they cannot be read. */
export const usePortalSettings = (): PortalSettings | undefined => useQuery(portalSettingsQuery).data;

/** What the page is called. */
export const useProductName = (): string => usePortalSettings()?.name ?? words.product;

/** Draws the page as the settings say. It is read at once, but unseen until then, so that nothing is seen to change. */
export function useAppearance(ofSession: Theme | null): void {
  const { data: settings, isPending } = useQuery(portalSettingsQuery);
  useEffect(() => {
    if (!isPending) return;
    const { dataset } = document.documentElement;
    const show = () => delete dataset.unseen;
    dataset.unseen = '';
    const timer = setTimeout(show, PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      show();
    };
  }, [isPending]);
  useEffect(() => {
    if (settings === undefined) return;
    showTheme(keptTheme() ?? ofSession ?? settings.theme);
    const { style } = document.documentElement;
    for (const [name, value] of Object.entries(propertiesOf(settings))) style.setProperty(name, value);
  }, [settings, ofSession]);
}

/** The custom properties that differ from the page's own. */
function propertiesOf({ brand_color: brand, radius }: PortalSettings): Record<string, string> {
  return {
    // The API takes only colours that can be read so: white on the one, black on the other.
    ...(brand !== null && {
      '--accent': `light-dark(${brand.light}, ${brand.dark})`,
      '--accent-solid': 'var(--accent)',
      '--on-accent': 'light-dark(#fff, #000)',
    }),
    ...(radius !== null && { '--radius': `${radius}px`, '--radius-large': `${Math.round(radius * LARGE)}px` }),
  };
}
