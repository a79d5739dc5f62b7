import * as z from 'zod';
import { type Operation, parameterName, type Success } from '../operation.ts';
import type { Json } from './schemas.ts';

const identified = z.object({ id: z.string() });

/** Links the id in a response to the operation that reads the created resource, if there is one. */
export function linksOf({ example }: Success, all: readonly Operation[]): Json | undefined {
  const prefix = identified.safeParse(example).data?.id.split('_')[0];
  const reader = all.find(({ method, id, path }) => method === 'get' && id === prefix && path.endsWith('}'));
  if (prefix === undefined || reader?.id === undefined) return undefined;
  const parameters = { [parameterName(reader.id)]: '$response.body#/id' };
  return { links: { [reader.name]: { operationId: reader.name, parameters, description: reader.summary } } };
}
