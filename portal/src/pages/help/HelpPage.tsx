import { CodeBlock } from '../../components/CodeBlock.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { RetrySchedule } from '../../components/RetrySchedule.tsx';
import { words } from '../../words/words.ts';
import VERIFY from './samples/verify.node.txt?raw';

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
      <h2>{texts.verify.title}</h2>
      <p>{texts.verify.body}</p>
      <CodeBlock label={texts.verify.title}>{VERIFY}</CodeBlock>
      <CopyButton text={VERIFY} />
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
    </div>
  );
}
