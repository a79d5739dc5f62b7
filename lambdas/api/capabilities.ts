import type { NeededCapability } from '../../core/sessions/capabilities.ts';

/**
 * What a session of the portal needs for each operation, by the operation's name. Whatever is not here is refused. A
 * session is bound to its tenant like a key; the operations that say nothing of a tenant show nothing of others.
 */
export const CAPABILITY_OF: Readonly<Record<string, NeededCapability>> = {
  getMe: 'any',
  getPortalSettings: 'any',

  listEvents: 'view',
  getEvent: 'view',
  listEndpoints: 'view',
  getEndpoint: 'view',
  getEndpointStats: 'view',
  getStats: 'view',
  listDeliveries: 'view',
  getDelivery: 'view',
  getDeliveryRequest: 'view',
  listEventTypes: 'view',
  getEventType: 'view',
  // Of an endpoint of the tenant, which the query must name.
  listAudit: 'view',

  createEndpoint: 'manage_endpoints',
  patchEndpoint: 'manage_endpoints',
  replaceEndpoint: 'manage_endpoints',
  deleteEndpoint: 'manage_endpoints',
  tryFilter: 'manage_endpoints',

  revealSecret: 'view_secret',
  rotateSecret: 'rotate_secret',
  testEndpoint: 'send_test',

  replayDelivery: 'replay',
  sendDeliveryNow: 'replay',
  recoverEndpoint: 'replay',
  replayMissing: 'replay',
  createRedrive: 'replay',
  listJobs: 'replay',
  getJob: 'replay',
  cancelJob: 'replay',
};
