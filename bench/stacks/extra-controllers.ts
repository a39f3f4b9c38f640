import { Controller, Get, type Type } from '@nestjs/common';

/**
 * Controllers that nobody calls, registered before those that are measured.
 *
 * @param declare puts on each handler what a stack needs to admit it.
 */
export function extraControllers(count: number, ...declare: MethodDecorator[]): Type[] {
  return Array.from({ length: count }, (_, index) => {
    @Controller(`extra-${index}`)
    class ExtraController {
      @Get('status')
      status(): string {
        return 'ok';
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(ExtraController.prototype, 'status')!;
    for (const decorate of declare) decorate(ExtraController.prototype, 'status', descriptor);
    Object.defineProperty(ExtraController, 'name', { value: `Extra${index}Controller` });
    return ExtraController;
  });
}
