import { ok } from '@postrider/client';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { useAct } from '../../api/act.ts';
import { api } from '../../api/api.ts';
import type { EndpointInput } from '../../api/types.ts';
import { Button } from '../../components/Button.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Samples } from '../../features/samples/Samples.tsx';
import { useMay } from '../../session/sign-in.ts';
import { words } from '../../words/words.ts';
import { EndpointForm } from './EndpointForm.tsx';
import { NEW } from './form-values.ts';
import { ShownSecret } from './Secret.tsx';
import { TestDialog } from './TestDialog.tsx';

/** Adds an endpoint; then shows its secret, once. */
export function NewEndpoint() {
  const queries = useQueryClient();
  const texts = words.form;
  const create = useAct({
    mutationFn: (body: EndpointInput) => ok(api.POST('/v1/endpoints', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['endpoints'] }),
    gcTime: 0,
  });
  if (create.data) return <Created id={create.data.id} secret={create.data.secret} />;
  return (
    <>
      <p className="crumb">
        <Link to="/endpoints">{words.endpoints.title}</Link>
      </p>
      <PageHead title={texts.newTitle} />
      <EndpointForm
        initial={NEW}
        submit={texts.create}
        isBusy={create.isPending}
        fault={create.error}
        onSubmit={create.mutate}
      >
        <Link to="/endpoints" className="button">
          {words.common.cancel}
        </Link>
      </EndpointForm>
    </>
  );
}

function Created({ id, secret }: { id: string; secret: string }) {
  const mayTest = useMay('send_test');
  const [isTesting, setTesting] = useState(false);
  const verifyName = useId();
  const texts = words.form;
  return (
    <>
      <PageHead title={texts.created} intro={texts.createdBody} />
      <section className="card">
        <div className="card-head">
          <h2>{words.secret.revealed}</h2>
        </div>
        <p className="hint">{words.secret.hint}</p>
        <p className="secret">
          <ShownSecret secret={secret} />
        </p>
        <div className="actions">
          <CopyButton text={secret} label={words.secret.copy} />
          {mayTest && <Button onClick={() => setTesting(true)}>{words.endpoint.actions.test}</Button>}
          <Link to="/endpoints/$endpointId" params={{ endpointId: id }} className="button">
            {texts.toEndpoint}
          </Link>
        </div>
      </section>
      <section className="card" aria-labelledby={verifyName}>
        <div className="card-head">
          <h2 id={verifyName}>{words.samples.title}</h2>
        </div>
        <p>{words.help.verify.body}</p>
        <Samples />
      </section>
      {isTesting && <TestDialog endpointId={id} onClose={() => setTesting(false)} />}
    </>
  );
}
