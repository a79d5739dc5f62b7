import { ok } from '@postrider/client';
import { Link } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { useAct } from '../../api/act.ts';
import { api } from '../../api/api.ts';
import type { Endpoint } from '../../api/types.ts';
import { Button } from '../../components/Button.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Field } from '../../components/Field.tsx';
import { Refused } from '../../components/States.tsx';
import { useMay } from '../../session/sign-in.ts';
import { fullTime } from '../../words/format.ts';
import { words } from '../../words/words.ts';

const OVERLAPS = { now: 0, hour: 3_600, day: 86_400, week: 604_800 } as const;

/** The secret that signs. It is fetched when somebody asks to see it, which the audit trail notes, and forgotten with the page. */
export function Secret({ endpoint }: { endpoint: Endpoint }) {
  const mayView = useMay('view_secret');
  const mayRotate = useMay('rotate_secret');
  const [isRotating, setRotating] = useState(false);
  const name = useId();
  const texts = words.secret;
  const reveal = useAct({
    mutationFn: () => ok(api.GET('/v1/endpoints/{id}/secret', { params: { path: { id: endpoint.id } } })),
    gcTime: 0,
  });
  const shown = reveal.data;
  return (
    <section className="card" aria-labelledby={name}>
      <div className="card-head">
        <h2 id={name}>{words.endpoint.sections.secret}</h2>
      </div>
      <p className="hint">{texts.hint}</p>
      <p className="secret">
        {shown ? <ShownSecret secret={shown.secret} /> : <code aria-hidden="true">{texts.masked}</code>}
      </p>
      {shown?.previous.map(({ expires_at: until }) => (
        <p className="hint" key={until}>
          {texts.previous(fullTime(until))}
        </p>
      ))}
      <div className="actions">
        {mayView && !shown && (
          <Button isBusy={reveal.isPending} onClick={() => reveal.mutate()}>
            {texts.reveal}
          </Button>
        )}
        {shown && <CopyButton text={shown.secret} label={texts.copy} />}
        {shown && <Button onClick={() => reveal.reset()}>{texts.hide}</Button>}
        {mayRotate && <Button onClick={() => setRotating(true)}>{texts.rotate}</Button>}
        <Link to="/help">{texts.verify}</Link>
      </div>
      <Refused fault={reveal.error} />
      {isRotating && (
        <Rotation
          id={endpoint.id}
          onClose={() => {
            setRotating(false);
            reveal.reset();
          }}
        />
      )}
    </section>
  );
}

/** A secret in the open, named for whoever does not see it. */
export function ShownSecret({ secret }: { secret: string }) {
  return (
    <output className="breaks" aria-label={words.secret.revealed}>
      {secret}
    </output>
  );
}

function Rotation({ id, onClose }: { id: string; onClose: () => void }) {
  const [overlap, setOverlap] = useState<keyof typeof OVERLAPS>('day');
  const rotate = useAct({
    mutationFn: () =>
      ok(
        api.POST('/v1/endpoints/{id}/secret/rotate', {
          params: { path: { id } },
          body: { overlap_seconds: OVERLAPS[overlap] },
        }),
      ),
    gcTime: 0,
  });
  const texts = words.secret;
  return (
    <Dialog title={texts.rotate} onClose={onClose}>
      {rotate.data ? (
        <>
          <p role="status">{texts.rotated}</p>
          <p className="secret">
            <ShownSecret secret={rotate.data.secret} />
          </p>
          <div className="actions">
            <CopyButton text={rotate.data.secret} label={texts.copy} />
            <Button onClick={onClose}>{words.common.close}</Button>
          </div>
        </>
      ) : (
        <>
          <p>{texts.rotateBody}</p>
          <Field label={texts.overlap}>
            {(names) => (
              <select {...names} value={overlap} onChange={({ target }) => setOverlap(keyOf(target.value))}>
                {Object.entries(texts.overlaps).map(([value, text]) => (
                  <option key={value} value={value}>
                    {text}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Refused fault={rotate.error} />
          <div className="actions">
            <Button kind="primary" isBusy={rotate.isPending} onClick={() => rotate.mutate()}>
              {texts.rotate}
            </Button>
            <Button onClick={onClose}>{words.common.cancel}</Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

const keyOf = (text: string) => (['now', 'hour', 'day', 'week'] as const).find((one) => one === text) ?? 'day';
