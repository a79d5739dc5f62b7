import type { Stage } from '../../lib/stage.ts';
import { table } from '../table.ts';
import { apiRateBeside } from './needs.ts';
import { type Found, isTooLow } from './quotas.ts';

/** Where a stage would be deployed. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

const shown = (value: number) => value.toLocaleString('en');

/** The table of all quotas, and a sentence for each that is too low or not known. */
export function report(stage: Stage, found: readonly Found[], { account, region }: Place): string {
  const low = found.filter(isTooLow);
  const rows = found.map((one) => [one.need.name, shown(one.need.needed), ...amountOf(one), resultOf(one)]);
  const parts = [
    `${stage.name} in ${region}, account ${account}`,
    table({ headings: ['quota', 'needed', 'granted', 'source', 'result'], rows, right: [1, 2] }),
    ...onePerRequest(low).map((one) => adviceOn(one, region)),
    ...found.filter(({ has }) => has.value === undefined).map((one) => whereToLook(one, region)),
    ...notesOn(stage, found),
    low.length === 0 ? 'Nothing is too low.' : `${low.length} too low.`,
  ];
  return parts.join('\n\n');
}

function amountOf({ has }: Found): [amount: string, source: string] {
  if (has.value === undefined) return ['not known', ''];
  return [shown(has.value), { account: 'account', default: 'AWS default', documentation: 'documentation' }[has.source]];
}

const resultOf = (one: Found) => (one.has.value === undefined ? '?' : isTooLow(one) ? 'too low' : 'ok');

/** Without those that the request for an earlier one raises too. */
const onePerRequest = (low: readonly Found[]) =>
  low.filter(({ need: { request } }, at) => {
    const first = low.findIndex((other) => other.need.request?.code === request?.code);
    return request === undefined || first === at;
  });

function adviceOn({ need, has }: Found, region: string): string {
  const said = `${need.name}: ${shown(need.needed)} needed, ${shown(has.value ?? 0)} granted. ${need.otherwise}`;
  const instead = need.instead(has.value ?? 0);
  if (need.request === undefined) return `${said}\n  ${instead.charAt(0).toUpperCase()}${instead.slice(1)}.`;
  const { service, code, value } = need.request;
  const command = `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${value} --region ${region}`;
  return `${said}\n  Request more: ${command}\n  Or, ${instead}.`;
}

function whereToLook({ need: { name, quota } }: Found, region: string): string {
  const service = quota.from === 'service-quotas' ? quota.service : 'lambda';
  const code = quota.from === 'service-quotas' ? `/quotas/${quota.code}` : '/quotas';
  return `${name}: AWS does not tell it in ${region}. Look at https://${region}.console.aws.amazon.com/servicequotas/home/services/${service}${code} and compare it yourself.`;
}

function notesOn(stage: Stage, found: readonly Found[]): string[] {
  const lambda = found.find(({ need }) => need.quota.from === 'lambda');
  if (lambda?.has.value === undefined || isTooLow(lambda)) return [];
  const rate = apiRateBeside(stage, lambda.has.value);
  if (rate === undefined) return [];
  return [
    `While every queue of ${stage.name} is busy, ${shown(lambda.has.value)} executions leave room for about ${shown(rate)} requests a second, not for the ${shown(stage.throttle.rate)} of its throttle.`,
  ];
}
