import type { Schema } from 'deltabase';

export declare const schema: Schema;
