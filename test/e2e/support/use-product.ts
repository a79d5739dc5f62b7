import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Product, type ProductOptions, startProduct } from './product.ts';

const LINES_SHOWN = 30;

/** Starts a product for the tests of a file, shows its log if one fails, and always ends it. */
export function useProduct(options?: ProductOptions): () => Product {
  let product: Product | undefined;
  beforeAll(async () => {
    product = await startProduct(options);
  });
  afterEach(({ task }) => {
    if (task.result?.state !== 'fail') return;
    const troubles = product?.logTail(LINES_SHOWN, / (WARN|ERROR) /);
    const tail = product?.logTail(LINES_SHOWN);
    console.error(`Postrider's troubles before "${task.name}" failed:\n${troubles}\nThe end of its log:\n${tail}`);
  });
  afterAll(() => product?.close());
  return () => {
    if (product === undefined) throw new Error('The product runs only while tests run.');
    return product;
  };
}
