import { Controller, Get } from '@nestjs/common';
import { ANYONE, ExposeFor, Public, Returns } from 'nestjs-gatehouse';

/** Whether the process answers. */
export class Health {
  @ExposeFor(ANYONE)
  status!: 'ok';
}

/** For the load balancer. */
@Controller('health')
export class HealthController {
  @Get()
  @Public('load balancer probe')
  @Returns(Health)
  health(): Health {
    return { status: 'ok' };
  }
}
