export class BareModule {}
