import { useState } from 'react';
import { indented } from '../api/raw-json.ts';
import { size } from '../words/format.ts';
import { words } from '../words/words.ts';
import { Button } from './Button.tsx';
import { CodeBlock } from './CodeBlock.tsx';
import { CopyButton } from './CopyButton.tsx';

/** What is drawn at once: more would hold up the page. All of it is copied and downloaded in any case. */
const DRAWN = 65_536;

interface Props {
  readonly text: string;
  /** For whom cannot see that this is the payload. */
  readonly label: string;
  readonly fileName: string;
  /** Whether it begins on lines of its own. */
  readonly isIndented?: boolean;
}

/** A JSON text exactly as it is, or on lines of its own: in both, each number and name as it was written. */
export function ExactText({ text, label, fileName, isIndented: isIndentedFirst = false }: Props) {
  const [isIndented, setIndented] = useState(isIndentedFirst);
  const [isWhole, setWhole] = useState(text.length <= DRAWN);
  const shown = isWhole ? text : text.slice(0, DRAWN);
  const texts = words.pane;
  return (
    <div className="exact">
      <div className="exact-tools">
        <Button aria-pressed={isIndented} onClick={() => setIndented(!isIndented)}>
          {texts.indent}
        </Button>
        <CopyButton text={text} />
        <Button onClick={() => download(text, fileName)}>{words.common.download}</Button>
      </div>
      <CodeBlock label={label}>{isIndented && isWhole ? indented(shown) : shown}</CodeBlock>
      {!isWhole && <Button onClick={() => setWhole(true)}>{words.common.showAll(size(text.length))}</Button>}
    </div>
  );
}

function download(text: string, fileName: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(url);
}
