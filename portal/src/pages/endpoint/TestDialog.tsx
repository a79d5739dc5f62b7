import { jsonText, ok } from '@postrider/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useAct } from '../../api/act.ts';
import { api } from '../../api/api.ts';
import { eventTypesQuery } from '../../api/queries.ts';
import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Field } from '../../components/Field.tsx';
import { Refused } from '../../components/States.tsx';
import { words } from '../../words/words.ts';

/** Sends an event of the person's choice to one endpoint. The payload is sent as it was typed: it is never parsed into numbers. */
export function TestDialog({ endpointId, onClose }: { endpointId: string; onClose: () => void }) {
  const queries = useQueryClient();
  const { data: types } = useQuery(eventTypesQuery);
  const [type, setType] = useState('');
  const [data, setData] = useState('');
  const [isInvalid, setInvalid] = useState(false);
  const inOrder = (types?.data ?? []).toSorted((one, other) => one.name.localeCompare(other.name));
  const texts = words.test;
  const send = useAct({
    mutationFn: () => {
      const members = [type && `"type":${JSON.stringify(type)}`, data.trim() && `"data":${data}`].filter(Boolean);
      const params = { path: { id: endpointId } };
      return ok(api.POST('/v1/endpoints/{id}/test', { params, ...jsonText(`{${members.join(',')}}`) }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['deliveries'] }),
  });
  const choose = (name: string) => {
    setType(name);
    setInvalid(false);
    const example = types?.data.find((one) => one.name === name)?.versions.at(-1)?.example;
    setData(example === undefined || example === null ? '' : JSON.stringify(example, null, 2));
  };
  return (
    <Dialog title={texts.title} onClose={onClose}>
      {send.data ? (
        <>
          <p role="status">{texts.sent}</p>
          <div className="actions">
            <Link
              to="/deliveries/$deliveryId"
              params={{ deliveryId: send.data.id }}
              search={{ endpoint: endpointId }}
              className="button primary"
            >
              {texts.look}
            </Link>
            <Button onClick={onClose}>{words.common.close}</Button>
          </div>
        </>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const isBad = data.trim() !== '' && !isJson(data);
            setInvalid(isBad);
            if (!isBad) send.mutate();
          }}
        >
          <p>{texts.body}</p>
          <Field label={texts.type}>
            {(names) => (
              <select {...names} value={type} onChange={({ target }) => choose(target.value)}>
                <option value="">{texts.ownType}</option>
                {inOrder.map(({ name }) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={texts.data} hint={texts.dataHint} error={isInvalid ? texts.invalid : undefined}>
            {(names) => (
              <textarea
                {...names}
                rows={8}
                className="code"
                spellCheck={false}
                value={data}
                onChange={({ target }) => setData(target.value)}
              />
            )}
          </Field>
          <Refused fault={send.error} />
          <div className="actions">
            <Button type="submit" kind="primary" isBusy={send.isPending}>
              {texts.send}
            </Button>
            <Button onClick={onClose}>{words.common.cancel}</Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (fault) {
    if (fault instanceof SyntaxError) return false;
    throw fault;
  }
}
