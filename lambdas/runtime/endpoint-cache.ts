/**
 * Stands in for `@aws-sdk/endpoint-cache` in the bundles (an alias in lib/constructs/pipeline-function.ts). DynamoDB's
 * client carries an LRU cache for endpoint discovery, which is off unless somebody asks for it, and nobody here does. A
 * client that discovered endpoints would be told that nothing is known yet, for every call.
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
