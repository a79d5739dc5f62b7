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
export type Job = Schemas['Job'];
export type Stats = Schemas['Stats'];
