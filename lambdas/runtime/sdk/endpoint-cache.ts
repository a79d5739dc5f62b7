/**
 * Stands in for `@aws-sdk/endpoint-cache` in the bundles (an alias in lib/constructs/pipeline-function.ts). DynamoDB's
 * client brings an LRU cache for endpoint discovery, which is off by default and not used here. With discovery on, every
 * call would miss this cache.
 */
export class EndpointCache {
  getEndpoint(): undefined {}
  get(): undefined {}
  set(): void {}
  delete(): void {}
  has(): boolean {
    return false;
  }
  clear(): void {}
}
