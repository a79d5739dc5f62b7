import { useEffect, useSyncExternalStore } from 'react';
import { kept } from './storage.ts';

// Shortcuts of single keys can be switched off (WCAG 2.2, success criterion 2.1.4): who speaks to the computer would else set
// them off by chance.

const KEY = 'postrider.shortcuts';
/** Within this time after `g`, a letter names a page. */
const SEQUENCE_MS = 1_000;

let isOn = kept.read(KEY) !== 'off';
const listeners = new Set<() => void>();

/** Whether single keys do something. */
export const useShortcutsOn = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isOn,
  );

/** Switches them on or off, for this tab. */
export function setShortcuts(on: boolean): void {
  isOn = on;
  kept.write(KEY, on ? 'on' : 'off');
  for (const listener of listeners) listener();
}

/** Hears keys, except where somebody types or a dialog is open. @param actions what each sequence of keys does. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    let first = { key: '', atMs: 0 };
    const hear = (event: KeyboardEvent) => {
      if (!isOn || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (event.target instanceof Element && event.target.closest('input, select, textarea')) return;
      if (document.querySelector('dialog[open]') !== null) return;
      const sequence = Date.now() - first.atMs < SEQUENCE_MS ? `${first.key} ${event.key}` : event.key;
      const act = actions[sequence] ?? actions[event.key];
      first = { key: event.key, atMs: Date.now() };
      if (act === undefined) return;
      // The key that leads to a field is not typed into it.
      event.preventDefault();
      act();
    };
    addEventListener('keydown', hear);
    return () => removeEventListener('keydown', hear);
  }, [actions]);
}
