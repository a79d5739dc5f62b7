import { useEffect, useState } from 'react';
import { words } from '../words/words.ts';
import { Button } from './Button.tsx';

const SHOWN_MS = 2_000;

/** Copies a text, and says whether it could. */
export function CopyButton({ text, label = words.common.copy }: { text: string; label?: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return;
    const timer = setTimeout(() => setSaid(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const { copied, copyFailed } = words.common;
  return (
    <span className="with-status">
      <Button onClick={async () => setSaid((await copy(text)) ? copied : copyFailed)}>{label}</Button>
      <span role="status">{said}</span>
    </span>
  );
}

/** @returns whether the browser let us: in a frame, the page around it decides. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (fault) {
    if (fault instanceof DOMException || fault instanceof TypeError) return copyBySelection(text);
    throw fault;
  }
}

/** The older way, which a frame may use. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'off-screen';
  // Inside of an open dialog, since everything else is inert.
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
