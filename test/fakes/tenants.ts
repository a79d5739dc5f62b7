import { type Tenant, type TenantStore, tenantPosition } from '../../core/tenants/store.ts';
import { pageOf } from './pages.ts';

/** The tenants in memory. */
export class MemoryTenants implements TenantStore {
  readonly tenants = new Map<string, Tenant>();

  note: TenantStore['note'] = async (tenant) => {
    if (!this.tenants.has(tenant.name)) this.tenants.set(tenant.name, { ...tenant });
  };

  find: TenantStore['find'] = async (name) => structuredClone(this.tenants.get(name));

  list: TenantStore['list'] = async (limit, after) => {
    const entries = [...this.tenants.values()].map((tenant) => ({ id: tenantPosition(tenant), tenant }));
    const { items, next } = pageOf(entries, limit, after);
    return { items: items.map(({ tenant }) => tenant), next };
  };
}
