import { useId } from 'react';
import { usePresentEndpoint } from '../../api/endpoint-names.ts';
import type { Attempt, Delivery } from '../../api/types.ts';
import { CodeBlock } from '../../components/CodeBlock.tsx';
import { Badge } from '../../components/Status.tsx';
import { Time } from '../../components/Time.tsx';
import { duration } from '../../words/format.ts';
import { words } from '../../words/words.ts';

/** As many attempts as the API gives. */
const SHOWN_MAX = 50;

/** Every attempt of a delivery, newest first, by the runs that it was sent in. */
export function Timeline({ delivery: { attempts, endpoint_id: endpointId } }: { delivery: Delivery }) {
  const name = useId();
  const presentUrl = usePresentEndpoint(endpointId)?.url;
  const texts = words.pane;
  const runs = [...Map.groupBy(attempts, ({ cycle }) => cycle)].reverse();
  return (
    <section aria-labelledby={name}>
      <h3 id={name}>{texts.timeline}</h3>
      {attempts.length === 0 && <p className="quiet">{texts.noAttempts}</p>}
      {attempts.length >= SHOWN_MAX && <p className="hint">{texts.olderAttempts}</p>}
      {runs.map(([cycle, ofRun]) => (
        <div key={cycle}>
          {runs.length > 1 && <h4>{texts.run(cycle)}</h4>}
          <ol className="timeline" reversed>
            {ofRun.toReversed().map((attempt) => (
              <AttemptItem key={`${attempt.number} ${attempt.at}`} attempt={attempt} presentUrl={presentUrl} />
            ))}
          </ol>
        </div>
      ))}
    </section>
  );
}

function AttemptItem({ attempt, presentUrl }: { attempt: Attempt; presentUrl: string | undefined }) {
  const { number, at, duration_ms: took, error_code: error, url } = attempt;
  const texts = words.pane;
  const { what, advice } = explained(attempt);
  const isElsewhere = url !== null && presentUrl !== undefined && url !== presentUrl;
  return (
    <li className={error === null ? 'good' : 'bad'}>
      <div className="attempt-head">
        <strong>{texts.attempt(number)}</strong>
        <Badge tone={error === null ? 'good' : 'bad'}>{what}</Badge>
        <span className="quiet">{duration(took)}</span>
        <Time at={at} />
      </div>
      {advice !== undefined && <p className="advice">{advice}</p>}
      {isElsewhere && (
        <p className="hint breaks">
          {texts.calledUrl} {url}. {texts.otherUrl}
        </p>
      )}
      <AttemptDetails attempt={attempt} />
    </li>
  );
}

/** What came back, and where it went: texts of a stranger, and nothing but texts here. */
function AttemptDetails({ attempt }: { attempt: Attempt }) {
  const { number, cycle, status_code: status, url, remote_ip: address, response_excerpt: excerpt } = attempt;
  const texts = words.pane;
  const facts = [
    ...(url === null ? [] : [[texts.calledUrl, url] as const]),
    ...(address === null ? [] : [[texts.address, address] as const]),
    ...Object.entries(attempt.response_headers),
  ];
  return (
    <>
      {status !== null && excerpt === '' && <p className="hint">{texts.answerEmpty}</p>}
      {excerpt !== '' && (
        <details>
          <summary>{texts.answer}</summary>
          <CodeBlock label={texts.answerOf(number, cycle)}>{excerpt}</CodeBlock>
        </details>
      )}
      {facts.length > 0 && (
        <details>
          <summary>{texts.details}</summary>
          <dl className="facts small">
            {facts.map(([label, value]) => (
              <div key={label} className="fact">
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </>
  );
}

/** What happened in an attempt, in words, and what its reader can do about it. */
function explained({ status_code: status, error_code: error, error_detail: detail }: Attempt): {
  what: string;
  advice?: string;
} {
  const texts = words.delivery;
  if (error === 'tls_error' && detail !== null) return texts.tls[detail];
  if (status !== null && (error === null || error === 'http_status')) {
    return { what: texts.answered(status), ...(error !== null && { advice: texts.statusAdvice(status) }) };
  }
  return error === null ? { what: texts.status.delivered } : texts.errors[error];
}
