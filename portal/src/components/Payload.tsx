import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { payloadQuery } from '../api/queries.ts';
import { words } from '../words/words.ts';
import { ExactText } from './ExactText.tsx';
import { Failed, Loading } from './States.tsx';

/** An event's payload, exactly as it was published. */
export function Payload({ eventId }: { eventId: string }) {
  const { data: text, error, refetch } = useQuery(payloadQuery(eventId));
  const name = useId();
  const texts = words.pane;
  return (
    <section aria-labelledby={name}>
      <h3 id={name}>{texts.payload}</h3>
      <p className="hint">{texts.payloadHint}</p>
      {text === undefined ? (
        error ? (
          <Failed fault={error} again={() => void refetch()} />
        ) : (
          <Loading />
        )
      ) : text === null ? (
        <p className="quiet">{texts.payloadGone}</p>
      ) : (
        <ExactText text={text} label={texts.payloadText} fileName={`${eventId}.json`} />
      )}
    </section>
  );
}
