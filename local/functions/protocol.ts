import * as z from 'zod';

/** Start parameters of a worker. Types only: a worker starts sooner without zod, and its host is of the same source. */
export interface WorkerData {
  readonly modulePath: string;
  readonly handlerName: string;
  /** Whether all other threads get more of the CPU. */
  readonly isBackground: boolean;
}

/** One invocation, from the host to the worker. Payloads are JSON text, as between Lambda and its runtime. */
export interface Invocation {
  readonly id: number;
  readonly payload: string;
  readonly deadlineMs: number;
  readonly context: {
    readonly awsRequestId: string;
    readonly functionName: string;
    readonly functionVersion: string;
    readonly invokedFunctionArn: string;
    readonly memoryLimitInMB: string;
    readonly logGroupName: string;
    readonly logStreamName: string;
  };
}

/** An error as Lambda reports it to the caller. */
export const functionError = z.object({ errorType: z.string(), errorMessage: z.string() });
export type FunctionError = z.infer<typeof functionError>;

/** Messages from a worker to its host. */
export const workerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loaded') }),
  z.object({ type: z.literal('returned'), id: z.number(), payload: z.string() }),
  z.object({ type: z.literal('threw'), id: z.number(), error: functionError }),
]);
export type WorkerMessage = z.infer<typeof workerMessage>;
