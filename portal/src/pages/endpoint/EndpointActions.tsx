import { ok } from '@postrider/client';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useAct } from '../../api/act.ts';
import { api } from '../../api/api.ts';
import type { Endpoint, JobRange } from '../../api/types.ts';
import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Refused } from '../../components/States.tsx';
import { ResendDialog } from '../../features/resend/ResendDialog.tsx';
import { useMay } from '../../session/sign-in.ts';
import { words } from '../../words/words.ts';
import { TestDialog } from './TestDialog.tsx';

/** All that may be done with an endpoint; what the session does not allow is not there. */
export function EndpointActions({ endpoint }: { endpoint: Endpoint }) {
  const mayManage = useMay('manage_endpoints');
  const mayTest = useMay('send_test');
  const mayReplay = useMay('replay');
  const [dialog, setDialog] = useState<'test' | 'recover' | 'missing' | 'delete'>();
  const close = () => setDialog(undefined);
  const texts = words.endpoint.actions;
  return (
    <>
      {mayTest && endpoint.state !== 'disabled' && <Button onClick={() => setDialog('test')}>{texts.test}</Button>}
      {mayReplay && endpoint.state !== 'disabled' && (
        <>
          <Button onClick={() => setDialog('recover')}>{texts.recover}</Button>
          <Button onClick={() => setDialog('missing')}>{texts.replayMissing}</Button>
        </>
      )}
      {mayManage && (
        <>
          <StateButton endpoint={endpoint} />
          <Link to="/endpoints/$endpointId/edit" params={{ endpointId: endpoint.id }} className="button">
            {texts.edit}
          </Link>
          <Button kind="danger-first" onClick={() => setDialog('delete')}>
            {texts.delete}
          </Button>
        </>
      )}
      {dialog === 'test' && <TestDialog endpointId={endpoint.id} onClose={close} />}
      {(dialog === 'recover' || dialog === 'missing') && (
        <ResendOfEndpoint id={endpoint.id} kind={dialog} onClose={close} />
      )}
      {dialog === 'delete' && <DeleteDialog endpoint={endpoint} onClose={close} />}
    </>
  );
}

/** Sends again what failed, or what the endpoint never got. */
function ResendOfEndpoint({ id, kind, onClose }: { id: string; kind: 'recover' | 'missing'; onClose: () => void }) {
  const ask = (body: JobRange) => {
    const params = { path: { id } };
    return kind === 'recover'
      ? ok(api.POST('/v1/endpoints/{id}/recover', { params, body }))
      : ok(api.POST('/v1/endpoints/{id}/replay-missing', { params, body }));
  };
  return (
    <ResendDialog
      {...words.resend[kind]}
      first="day"
      count={(since) => ask({ since, dry_run: true })}
      start={(since) => ask({ since })}
      onClose={onClose}
    />
  );
}

/** Pauses what is active, and makes active what is not. */
function StateButton({ endpoint: { id, state } }: { endpoint: Endpoint }) {
  const queries = useQueryClient();
  const change = useAct({
    mutationFn: () =>
      ok(
        api.PATCH('/v1/endpoints/{id}', {
          params: { path: { id } },
          body: { state: state === 'active' ? 'paused' : 'active' },
        }),
      ),
    onSuccess: (changed) => {
      queries.setQueryData(['endpoint', id], changed);
      return queries.invalidateQueries({ queryKey: ['endpoints'] });
    },
  });
  const { pause, resume, enable } = words.endpoint.actions;
  const label = { active: pause, paused: resume, disabled: enable }[state];
  return (
    <>
      <Button isBusy={change.isPending} onClick={() => change.mutate()}>
        {label}
      </Button>
      <Refused fault={change.error} />
    </>
  );
}

function DeleteDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { id, url } = endpoint;
  const remove = useAct({
    mutationFn: () => ok(api.DELETE('/v1/endpoints/{id}', { params: { path: { id } } })),
    onSuccess: async () => {
      await navigate({ to: '/endpoints' });
      queries.removeQueries({ queryKey: ['endpoint', id] });
      await queries.invalidateQueries({ queryKey: ['endpoints'] });
    },
  });
  const texts = words.remove;
  return (
    <Dialog title={texts.title} onClose={onClose}>
      <p className="breaks">
        <strong>{url}</strong>
      </p>
      <p>{texts.body}</p>
      <Refused fault={remove.error} />
      <div className="actions">
        <Button kind="danger" isBusy={remove.isPending} onClick={() => remove.mutate()}>
          {texts.confirm}
        </Button>
        <Button onClick={onClose}>{words.common.cancel}</Button>
      </div>
    </Dialog>
  );
}
