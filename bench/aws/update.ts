import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Item } from './item-size.ts';

/**
 * Applies `SET a = :v, b.#c = :w REMOVE d, e ADD f :x,g :y`: the only updates that the product makes.
 * @throws Error for any other expression, whose size would be a guess.
 */
export function applyUpdate(item: Item, input: UpdateItemCommandInput): Item {
  const { UpdateExpression = '', ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input;
  const parts = /^(?:SET (?<set>.+?))?(?: ?REMOVE (?<remove>.+?))?(?: ?ADD (?<add>.+))?$/.exec(
    UpdateExpression,
  )?.groups;
  if (parts === undefined) throw new Error(`This update is not known to the stub: ${UpdateExpression}`);
  const pathOf = (text: string) =>
    text.split('.').map((name) => (name.startsWith('#') ? (names?.[name] ?? name) : name));
  const next: Record<string, Item[string]> = { ...item };
  for (const assignment of parts.set?.split(', ') ?? []) {
    const [, path = '', value = ''] = /^([\w.#]+) = (:\w+)$/.exec(assignment) ?? [];
    const [name = '', inner, ...deeper] = pathOf(path);
    const given = values?.[value];
    if (given === undefined || deeper.length > 0)
      throw new Error(`This update is not known to the stub: ${assignment}`);
    next[name] = inner === undefined ? given : { M: { ...next[name]?.M, [inner]: given } };
  }
  for (const name of parts.remove?.split(', ') ?? []) delete next[name];
  for (const addition of parts.add?.split(',') ?? []) {
    const [name = '', value = ''] = addition.trim().split(' ');
    const given = values?.[value]?.N;
    if (given === undefined) throw new Error(`This update is not known to the stub: ${addition}`);
    next[name] = { N: String(Number(next[name]?.N ?? 0) + Number(given)) };
  }
  return next;
}
