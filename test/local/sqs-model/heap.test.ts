import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap, type HeapNode } from '../../../local/sqs-model/heap.ts';

test('a heap returns its items by key, whatever was added and removed before', () => {
  const change = fc.record({ key: fc.integer({ min: 0, max: 50 }), remove: fc.option(fc.nat()) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200, size: 'max' }), (changes) => {
      const heap = new Heap<string>();
      const nodes: HeapNode<string>[] = [];
      for (const { key, remove } of changes) {
        if (remove === null) nodes.push(heap.add(key, 'item'));
        else for (const node of nodes.splice(remove % Math.max(nodes.length, 1), 1)) heap.remove(node);
      }
      const drained: number[] = [];
      for (let next = heap.peek(); next; next = heap.peek()) {
        drained.push(next.key);
        heap.remove(next);
      }
      expect(drained).toEqual(nodes.map(({ key }) => key).sort((a, b) => a - b));
      expect(heap.size).toBe(0);
    }),
  );
});
