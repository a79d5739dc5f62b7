import { useId, useState } from 'react';
import { CodeBlock } from '../../components/CodeBlock.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { kept } from '../../session/storage.ts';
import { words } from '../../words/words.ts';
import GO from './code/go.txt?raw';
import JAVASCRIPT from './code/javascript.txt?raw';
import PHP from './code/php.txt?raw';
import PYTHON from './code/python.txt?raw';
import RUBY from './code/ruby.txt?raw';

const SAMPLES = { JavaScript: JAVASCRIPT, Python: PYTHON, Go: GO, Ruby: RUBY, PHP } as const;
type Language = keyof typeof SAMPLES;
const LANGUAGES = ['JavaScript', 'Python', 'Go', 'Ruby', 'PHP'] as const satisfies readonly Language[];

/** The type that the samples name. */
const SAMPLE_TYPE = 'order.created';
const KEY = 'postrider.language';

/** How a receiver verifies a webhook, in the language of its reader's choice. @param type the event type that it looks for. */
export function Samples({ type = SAMPLE_TYPE }: { type?: string }) {
  const [language, setLanguage] = useState<Language>(
    () => LANGUAGES.find((one) => one === kept.read(KEY)) ?? 'JavaScript',
  );
  const name = useId();
  const code = SAMPLES[language].replaceAll(SAMPLE_TYPE, () => type);
  return (
    <div className="exact">
      <div className="exact-tools">
        <fieldset className="segments">
          <legend className="unseen">{words.samples.language}</legend>
          {LANGUAGES.map((one) => (
            <label key={one} className="segment">
              <input
                type="radio"
                name={name}
                checked={one === language}
                onChange={() => {
                  kept.write(KEY, one);
                  setLanguage(one);
                }}
              />
              {one}
            </label>
          ))}
        </fieldset>
        <CopyButton text={code} />
      </div>
      <CodeBlock label={words.samples.label(language)}>{code}</CodeBlock>
    </div>
  );
}
