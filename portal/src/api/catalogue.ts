import type { EventType } from './types.ts';

/**
 * Event types by the group that their publisher gave them; without one, by the first part of their dotted names. Groups and
 * types are in the order of the alphabet.
 */
export function byGroup<Type extends Pick<EventType, 'name' | 'group'>>(types: readonly Type[]): [string, Type[]][] {
  const inOrder = types.toSorted((one, other) => one.name.localeCompare(other.name));
  const groups = Map.groupBy(inOrder, ({ name, group }) => group ?? name.split('.', 1)[0] ?? name);
  return [...groups].sort(([one], [other]) => one.localeCompare(other));
}

/** Whether a type has a text in its name or description. */
export function isFound({ name, description }: Pick<EventType, 'name' | 'description'>, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return name.toLowerCase().includes(wanted) || description.toLowerCase().includes(wanted);
}

/** Whether a type is one of the product's own, which tell of endpoints and deliveries: nobody else may publish such. */
export const isNotice = (type: string): boolean => type.startsWith('postrider.') && type !== 'postrider.test';
