import { ok } from '@postrider/client';
import { useState } from 'react';
import { api } from '../../api/api.ts';
import { useEndpointName } from '../../api/endpoint-names.ts';
import { Button } from '../../components/Button.tsx';
import { ResendDialog } from '../../features/resend/ResendDialog.tsx';
import type { DeliverySearch } from '../../router.tsx';
import { words } from '../../words/words.ts';

/** Sends all failed deliveries again that the filters of the list choose. */
export function ResendFailed({ search: { endpoint, type, period } }: { search: DeliverySearch }) {
  const [isOpen, setOpen] = useState(false);
  const name = useEndpointName(endpoint);
  const { failed } = words.resend;
  const texts = words.jobs;
  const scope = [
    [texts.range.endpoint, endpoint === undefined ? texts.allEndpoints : (name ?? endpoint)],
    [texts.range.type, type ?? texts.allTypes],
  ] as const;
  const chosen = { ...(endpoint !== undefined && { endpoint_id: endpoint }), ...(type !== undefined && { type }) };
  return (
    <>
      <Button onClick={() => setOpen(true)}>{failed.open}</Button>
      {isOpen && (
        <ResendDialog
          title={failed.title}
          body={failed.body}
          scope={scope}
          first={period ?? 'month'}
          count={(since) => ok(api.POST('/v1/redrives', { body: { ...chosen, from: since, dry_run: true } }))}
          start={(since) => ok(api.POST('/v1/redrives', { body: { ...chosen, from: since } }))}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
