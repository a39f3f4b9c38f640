import { orderRow, userId, type OrderRow } from './order-row.js';

/** How many users a shop has, and how many orders each. */
export interface ShopSize {
  readonly users: number;
  readonly ordersPerUser: number;
}

/** The orders of a shop in memory: a database would cost every stack the same, and hide what differs. */
export class OrderStore<Order extends object> {
  readonly #byId = new Map<string, Order>();
  readonly #byUser = new Map<string, Order[]>();

  /** @param make what a stack keeps of a stored order: an entity of its own class. */
  constructor({ users, ordersPerUser }: ShopSize, make: (row: OrderRow) => Order) {
    for (let user = 0; user < users; user++) {
      const orders: Order[] = [];
      for (let n = 0; n < ordersPerUser; n++) {
        const row = orderRow(user, n);
        const order = make(row);
        orders.push(order);
        this.#byId.set(row.id, order);
      }
      this.#byUser.set(userId(user), orders);
    }
  }

  /** One order. A promise, as of every real store. */
  find(id: string): Promise<Order | undefined> {
    return Promise.resolve(this.#byId.get(id));
  }

  /** Several orders in one question, `undefined` for each that there is not. */
  findMany(ids: readonly string[]): Promise<Array<Order | undefined>> {
    return Promise.resolve(ids.map((id) => this.#byId.get(id)));
  }

  /** The first orders of a user. */
  ofUser(user: string, limit: number): Promise<Order[]> {
    return Promise.resolve((this.#byUser.get(user) ?? []).slice(0, limit));
  }
}
