import type { Theme } from './session.ts';
import { kept } from './storage.ts';

const KEY = 'postrider.theme';

/** What was chosen in this tab. */
export function keptTheme(): Theme | undefined {
  const text = kept.read(KEY);
  return text === 'light' || text === 'dark' || text === 'system' ? text : undefined;
}

/** Draws the page in a scheme; `system` follows the browser. */
export function showTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

/** Chooses a scheme for this tab. */
export function setTheme(theme: Theme): void {
  kept.write(KEY, theme);
  showTheme(theme);
}
