import { useQuery } from '@tanstack/react-query';
import { nameOf, useEndpointName } from '../../api/endpoint-names.ts';
import { endpointChoicesQuery } from '../../api/queries.ts';
import { Filters, SelectFilter, TextFilter } from '../../components/Filter.tsx';
import type { DeliverySearch } from '../../router.tsx';
import { words } from '../../words/words.ts';

const STATUSES = ['delivered', 'retrying', 'waiting', 'dead', 'discarded'] as const;
const PERIODS = ['hour', 'day', 'week'] as const;

interface Props {
  readonly search: DeliverySearch;
  readonly onChange: (change: DeliverySearch) => void;
}

export function DeliveryFilters({ search, onChange }: Props) {
  const texts = words.deliveries;
  return (
    <Filters label={words.common.filters}>
      <SelectFilter
        label={texts.filters.status}
        value={search.status}
        options={[
          [undefined, words.common.all],
          ...STATUSES.map((status) => [status, words.delivery.status[status]] as const),
        ]}
        onChange={(status) => onChange({ status })}
      />
      <EndpointFilter id={search.endpoint} onChange={(endpoint) => onChange({ endpoint })} />
      <TextFilter
        label={texts.filters.type}
        value={search.type}
        placeholder={texts.typePlaceholder}
        onChange={(type) => onChange({ type })}
      />
      <SelectFilter
        label={texts.filters.period}
        value={search.period}
        options={[[undefined, texts.periods.any], ...PERIODS.map((period) => [period, texts.periods[period]] as const)]}
        onChange={(period) => onChange({ period })}
      />
    </Filters>
  );
}

/** Offers the newest endpoints; one that is not among them is chosen on its own page. */
function EndpointFilter({ id, onChange }: { id: string | undefined; onChange: (id: string | undefined) => void }) {
  const { data } = useQuery(endpointChoicesQuery);
  const choices = data?.data ?? [];
  const name = useEndpointName(id);
  const isOther = id !== undefined && !choices.some((choice) => choice.id === id);
  return (
    <SelectFilter
      label={words.deliveries.filters.endpoint}
      value={id}
      options={[
        [undefined, words.common.all],
        ...(isOther ? [[id, name ?? id] as const] : []),
        ...choices.map((choice) => [choice.id, nameOf(choice)] as const),
      ]}
      onChange={onChange}
    />
  );
}
