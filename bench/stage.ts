import * as z from 'zod';
import { type Case, type Cast, prepareCases } from './cases.ts';
import { type Child, startChild } from './process/parent.ts';
import { type BenchFunction, type Product, readProduct } from './product.ts';
import { createWorld } from './world.ts';

/** The setup to measure: the product's Lambdas, a stub of AWS and a receiver, each in its own process. */
export interface Stage extends Cast {
  readonly product: Product;
  readonly cases: readonly Case[];
  readonly barePut: Child;
  close(): Promise<void>;
}

export interface StageOptions {
  /** The module that a Lambda's process loads; default: its bundle. */
  readonly moduleOf?: (name: Case['lambda'], built: BenchFunction) => string;
}

/** Builds the stage. Always close it. */
export async function openStage({ moduleOf = (_, { bundle }) => bundle }: StageOptions = {}): Promise<Stage> {
  const children: Child[] = [];
  const start = async (...args: Parameters<typeof startChild>): Promise<Child> => {
    const child = await startChild(...args);
    children.push(child);
    return child;
  };
  const close = async () => {
    await Promise.all(children.map((child) => child.stop()));
  };
  try {
    const aws = await start(here('aws/process.ts'));
    const awsEndpoint = `http://127.0.0.1:${await aws.ask('port', null, z.number())}`;
    const receiver = await start(here('receiver.ts'));
    const receiverUrl = `http://127.0.0.1:${await receiver.ask('port', null, z.number())}`;
    const product = await readProduct(awsEndpoint);
    const bare = { name: 'bare', indexes: [], readsBack: false };
    await aws.ask('tables', [...product.tables, bare], z.unknown());

    const load = async (env: BenchFunction['env'], module: string): Promise<Child> => {
      const child = await start(here('lambda/process.ts'), { env, shown: false });
      await child.ask('load', module, z.unknown());
      return child;
    };
    const lambda = (name: Case['lambda']) => {
      const built = product.functions[name];
      return load(built.env, moduleOf(name, built));
    };
    const lambdas = {
      ingest: await lambda('ingest'),
      fanout: await lambda('fanout'),
      deliver: await lambda('deliver'),
    };
    const barePut = await load(product.functions.ingest.env, here('lambda/bare-put.ts').href);
    const world = createWorld(product, awsEndpoint);
    const deliveryQueueUrl = product.functions.deliver.env.DELIVERY_QUEUE_URL ?? '';
    const cast = { aws, lambdas, world, receiverUrl, deliveryQueueUrl };
    const cases = await prepareCases(cast);
    const closeAll = () => {
      world.close();
      return close();
    };
    return { ...cast, product, cases, barePut, close: closeAll };
  } catch (error) {
    await close();
    throw error;
  }
}

function here(path: string): URL {
  return new URL(path, import.meta.url);
}
