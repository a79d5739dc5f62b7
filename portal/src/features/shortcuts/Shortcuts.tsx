import { setShortcuts, useShortcutsOn } from '../../session/shortcuts.ts';
import { words } from '../../words/words.ts';

/** The keys that do something, and the switch that silences those which are letters. */
export function Shortcuts() {
  const isOn = useShortcutsOn();
  const texts = words.shortcuts;
  return (
    <>
      <dl className="facts">
        {texts.list.map(([keys, text]) => (
          <div key={keys} className="fact">
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <label className="choice">
        <input type="checkbox" checked={isOn} onChange={({ target }) => setShortcuts(target.checked)} />
        <span>
          {texts.use}
          <span className="hint line">{texts.off}</span>
        </span>
      </label>
    </>
  );
}
