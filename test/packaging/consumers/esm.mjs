import 'reflect-metadata';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import * as gatehouse from 'nestjs-gatehouse';
import * as typeorm from 'nestjs-gatehouse/typeorm';
import shop from './shop.cjs';

const express = await shop.probe({ common, core, gatehouse });
const fastify = await shop.probe({ common, core, gatehouse, adapter: new FastifyAdapter() });
console.log(JSON.stringify({ express, fastify, typeorm: typeof typeorm.fromTypeorm }));
