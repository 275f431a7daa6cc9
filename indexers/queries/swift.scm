; Swift: class, struct, enum, actor and extension share one node and differ in its keyword; an extension is only a scope.

(comment) @comment
(multiline_comment) @comment

(import_declaration (identifier) @import.module) @import

(class_declaration
  (modifiers)? @modifiers
  declaration_kind: "class"
  name: (type_identifier) @name
  (inheritance_specifier)? @bases
  body: (_) @body) @definition.class
(class_declaration
  (modifiers)? @modifiers
  declaration_kind: "actor"
  name: (type_identifier) @name
  (inheritance_specifier)? @bases
  body: (_) @body) @definition.class
(class_declaration
  (modifiers)? @modifiers
  declaration_kind: "struct"
  name: (type_identifier) @name
  (inheritance_specifier)? @bases
  body: (_) @body) @definition.struct
(class_declaration
  (modifiers)? @modifiers
  declaration_kind: "enum"
  name: (type_identifier) @name
  (inheritance_specifier)? @bases
  body: (_) @body) @definition.enum
(class_declaration
  declaration_kind: "extension"
  name: (_) @name
  (inheritance_specifier)? @bases
  body: (_)) @scope
(protocol_declaration
  (modifiers)? @modifiers
  name: (type_identifier) @name
  (inheritance_specifier)? @bases
  body: (_) @body) @definition.protocol
(typealias_declaration (modifiers)? @modifiers . name: (type_identifier) @name) @definition.type
(associatedtype_declaration name: (type_identifier) @name) @definition.type
(enum_entry name: (simple_identifier) @name) @definition.enum_member

; Wildcards for name, return type and body, which their places tell as well as their kinds, save a third of the time that
; this whole query takes to compile. A function named by an operator is left to the next pattern.
((function_declaration
   (modifiers)? @modifiers
   "func" . name: _ @name
   ("->" . _ @returns)?
   _ @body .) @definition.function
  (#not-match? @name "^[-+*/%=<>!&|^~.?]+$"))
((function_declaration (modifiers)? @modifiers name: _ @name) @definition.function
  (#match? @name "^[-+*/%=<>!&|^~.?]+$"))
(protocol_function_declaration (modifiers)? @modifiers name: (simple_identifier) @name "->" . (_) @returns) @definition.method
(protocol_function_declaration (modifiers)? @modifiers name: (simple_identifier) @name) @definition.method
(init_declaration (modifiers)? @modifiers name: "init" @name body: (_)? @body) @definition.constructor
(deinit_declaration "deinit" @name body: (_) @body) @definition.method
(subscript_declaration (modifiers)? @modifiers "subscript" @name) @definition.method

; Properties of types and of the file; those in function bodies are local variables.
(class_body (property_declaration
  (modifiers)? @modifiers
  name: (pattern bound_identifier: (simple_identifier) @name)) @definition.property)
(enum_class_body (property_declaration
  (modifiers)? @modifiers
  name: (pattern bound_identifier: (simple_identifier) @name)) @definition.property)
(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.property
(source_file (property_declaration
  (modifiers)? @modifiers
  name: (pattern bound_identifier: (simple_identifier) @name)) @definition.variable)

; A capitalised callee constructs; there is no `new`.
((call_expression . (simple_identifier) @reference.construct) (#match? @reference.construct "^[A-Z]"))
((call_expression . (simple_identifier) @reference.call) (#not-match? @reference.call "^[A-Z]"))
((call_expression . (navigation_expression
   target: (_) @receiver
   suffix: (navigation_suffix suffix: (simple_identifier) @reference.call)))
  (#not-match? @reference.call "^[A-Z]"))
((call_expression . (navigation_expression
   target: (_) @receiver
   suffix: (navigation_suffix suffix: (simple_identifier) @reference.construct)))
  (#match? @reference.construct "^[A-Z]"))
(call_expression . (prefix_expression target: (simple_identifier) @reference.call))
(constructor_expression constructed_type: (_) @reference.construct)
(attribute (user_type (type_identifier) @reference.decorate))

(parameter name: (simple_identifier) @binding.name . [(user_type) (optional_type)] @binding.type)
(class_body (property_declaration
  name: (pattern bound_identifier: (simple_identifier) @binding.name @binding.field)
  (type_annotation [(user_type) (optional_type)] @binding.type)))
(class_body (property_declaration
  name: (pattern bound_identifier: (simple_identifier) @binding.name @binding.field)
  value: (call_expression . [(simple_identifier) (navigation_expression)] @binding.call)))
(property_declaration
  name: (pattern bound_identifier: (simple_identifier) @binding.name)
  (type_annotation [(user_type) (optional_type)] @binding.type))
(property_declaration
  name: (pattern bound_identifier: (simple_identifier) @binding.name)
  value: (call_expression . [(simple_identifier) (navigation_expression)] @binding.call))
