import type { components } from '@postrider/client';

type Schemas = components['schemas'];

export type Attempt = Schemas['Attempt'];
export type Delivery = Schemas['Delivery'];
export type DeliverySummary = Schemas['DeliverySummary'];
export type Endpoint = Schemas['Endpoint'];
export type EndpointInput = Schemas['EndpointInput'];
export type EndpointPatch = Schemas['EndpointPatch'];
export type EventType = Schemas['EventType'];
export type EventSummary = Schemas['EventSummary'];
export type DryRun = Schemas['DryRun'];
export type Job = Schemas['Job'];
export type JobRange = Schemas['JobRange'];
export type PortalSettings = Schemas['PortalSettings'];
export type Stats = Schemas['Stats'];
