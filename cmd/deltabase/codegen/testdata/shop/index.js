// @ts-check
import { initSchema } from 'deltabase';
import { schema } from './schema.js';

const OrderState = Object.freeze({
  "OPEN": "OPEN",
  "SENT": "SENT"
});

const { Customer, Card, Order, Stock, Line } = initSchema(schema);

export {
  Customer,
  Card,
  Order,
  Stock,
  OrderState,
  Line
};
