/** A query or body that AlertsManagement refuses: thrown by the readers, answered by the routes as 400. */
export class AlertsRequestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "AlertsRequestError";
  }
}
