// Records in memory, without a bound: node-oidc-provider's own adapter forgets all but the newest 1000, fewer than one run makes.
const records = new Map();
const members = new Map();

const key = (name, id) => `${name}:${id}`;

export class Memory {
  constructor(name) {
    this.name = name;
  }

  async upsert(id, payload) {
    records.set(key(this.name, id), payload);
    if (payload.uid && this.name === 'Session') records.set(`uid:${payload.uid}`, payload);
    if (payload.grantId && this.name !== 'Grant') {
      if (!members.has(payload.grantId)) members.set(payload.grantId, []);
      members.get(payload.grantId).push(key(this.name, id));
    }
  }

  async find(id) {
    return records.get(key(this.name, id));
  }

  async findByUid(uid) {
    return records.get(`uid:${uid}`);
  }

  async findByUserCode() {
    return undefined;
  }

  async consume(id) {
    const payload = records.get(key(this.name, id));
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    records.delete(key(this.name, id));
  }

  async revokeByGrantId(grantId) {
    for (const member of members.get(grantId) ?? []) records.delete(member);
    members.delete(grantId);
  }
}
