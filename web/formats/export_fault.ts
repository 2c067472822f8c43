/** A picture that has not what a format needs: the message says what lacks. */
export class ExportFault extends Error {
  override readonly name = "ExportFault";
}
