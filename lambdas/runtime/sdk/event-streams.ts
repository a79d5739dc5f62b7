/**
 * Stands in for `@smithy/core/event-streams` in the bundles (an alias in lib/constructs/pipeline-function.ts). S3's client
 * brings a codec for streams of events, which only SelectObjectContent uses: 15 KB in every function.
 */
export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;

export const eventStreamSerdeProvider = (): undefined => undefined;

export class EventStreamSerde {
  constructor() {
    throw new Error('The bundles have no codec for streams of events: see lib/constructs/pipeline-function.ts.');
  }
}
