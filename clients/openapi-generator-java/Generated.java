package javax.annotation;

/** The one name that the generated code uses and the generator's jar lacks: with Maven it comes from a package. */
public @interface Generated {
  String[] value();

  String date() default "";

  String comments() default "";
}
