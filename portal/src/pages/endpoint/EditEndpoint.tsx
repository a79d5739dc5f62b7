import { ok } from '@postrider/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useAct } from '../../api/act.ts';
import { api } from '../../api/api.ts';
import { titleOf } from '../../api/endpoint-names.ts';
import { endpointQuery, eventTypesQuery } from '../../api/queries.ts';
import type { EndpointPatch } from '../../api/types.ts';
import { PageHead } from '../../components/PageHead.tsx';
import { Failed, Loading } from '../../components/States.tsx';
import { words } from '../../words/words.ts';
import { EndpointForm } from './EndpointForm.tsx';
import { valuesOf } from './form-values.ts';

const page = getRouteApi('/endpoints/$endpointId/edit');

export function EditEndpoint() {
  const { endpointId: id } = page.useParams();
  const navigate = page.useNavigate();
  const queries = useQueryClient();
  const endpoint = useQuery(endpointQuery(id));
  const types = useQuery(eventTypesQuery);
  const change = useAct({
    mutationFn: (body: EndpointPatch) => ok(api.PATCH('/v1/endpoints/{id}', { params: { path: { id } }, body })),
    onSuccess: async (changed) => {
      queries.setQueryData(['endpoint', id], changed);
      await queries.invalidateQueries({ queryKey: ['endpoints'] });
      await navigate({ to: '/endpoints/$endpointId', params: { endpointId: id } });
    },
  });
  const fault = endpoint.error ?? types.error;
  if (endpoint.data === undefined || types.data === undefined) {
    return fault ? (
      <Failed fault={fault} again={() => void Promise.all([endpoint.refetch(), types.refetch()])} />
    ) : (
      <Loading />
    );
  }
  return (
    <>
      <p className="crumb">
        <Link to="/endpoints/$endpointId" params={{ endpointId: id }}>
          {titleOf(endpoint.data)}
        </Link>
      </p>
      <PageHead title={words.form.editTitle} />
      <EndpointForm
        initial={valuesOf(
          endpoint.data,
          types.data.data.map(({ name }) => name),
        )}
        submit={words.common.save}
        isBusy={change.isPending}
        fault={change.error}
        onSubmit={(input) => change.mutate(input)}
      >
        <Link to="/endpoints/$endpointId" params={{ endpointId: id }} className="button">
          {words.common.cancel}
        </Link>
      </EndpointForm>
    </>
  );
}
