import { PageHead } from '../../components/PageHead.tsx';
import { RetrySchedule } from '../../components/RetrySchedule.tsx';
import { Samples } from '../../features/samples/Samples.tsx';
import { Shortcuts } from '../../features/shortcuts/Shortcuts.tsx';
import { usePortalSettings } from '../../session/appearance.ts';
import { wayBack } from '../../session/session.ts';
import { words } from '../../words/words.ts';

/** The API's default. */
const DEFAULT_POLICY = {
  ...{ initial_delay_seconds: 5, backoff_factor: 4, max_delay_seconds: 43_200, max_attempts: 10, jitter: 0.2 },
  retry_on: 'all' as const,
};

const STATUSES = ['pending', 'retrying', 'waiting', 'delivered', 'dead', 'discarded'] as const;

/** What whoever builds a receiver needs to know. */
export function HelpPage() {
  const texts = words.help;
  return (
    <div className="prose">
      <PageHead title={texts.title} />
      <Links />
      <h2>{words.samples.title}</h2>
      <p>{texts.verify.body}</p>
      <Samples />
      <h2>{texts.answer.title}</h2>
      <p>{texts.answer.body}</p>
      <h2>{texts.retries.title}</h2>
      <p>{texts.retries.body}</p>
      <RetrySchedule policy={DEFAULT_POLICY} />
      <h2>{texts.statuses.title}</h2>
      <dl className="facts">
        {STATUSES.map((status) => (
          <div key={status} className="fact">
            <dt>{words.delivery.status[status]}</dt>
            <dd>{texts.statusTexts[status]}</dd>
          </div>
        ))}
      </dl>
      <h2>{words.shortcuts.title}</h2>
      <Shortcuts />
    </div>
  );
}

/** What whoever runs this installation wants people to read. */
function Links() {
  const links = usePortalSettings()?.links ?? [];
  if (links.length === 0) return null;
  return (
    <>
      <h2>{words.help.links}</h2>
      <ul className="links">
        {links.map(({ label, url }) => (
          <li key={`${label} ${url}`}>
            <a href={wayBack(url)?.href} target="_blank" rel="noreferrer">
              {label}
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}
