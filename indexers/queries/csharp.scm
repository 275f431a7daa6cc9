(file_scoped_namespace_declaration name: (_) @package)
(namespace_declaration name: (_) @name body: (_) @body) @definition.namespace

(class_declaration (modifier)* @modifiers name: (_) @name (base_list)? @bases body: (_)? @body) @definition.class
(interface_declaration (modifier)* @modifiers name: (_) @name (base_list)? @bases body: (_)? @body)
  @definition.interface
(struct_declaration (modifier)* @modifiers name: (_) @name (base_list)? @bases body: (_)? @body) @definition.struct
(record_declaration (modifier)* @modifiers name: (_) @name (base_list)? @bases body: (_)? @body) @definition.record
(enum_declaration (modifier)* @modifiers name: (_) @name (base_list)? body: (_)? @body) @definition.enum
(enum_member_declaration name: (_) @name) @definition.enum_member
(delegate_declaration (modifier)* @modifiers name: (_) @name) @definition.type
(method_declaration (modifier)* @modifiers returns: (_) @returns name: (_) @name body: (_)? @body) @definition.method
(constructor_declaration (modifier)* @modifiers name: (_) @name body: (_)? @body) @definition.constructor
(destructor_declaration "~" @name body: (_)? @body) @definition.method
(local_function_statement type: (_) @returns name: (_) @name body: (_)? @body) @definition.function
(operator_declaration (modifier)* @modifiers operator: _ @name body: (_)? @body) @definition.method
(indexer_declaration (modifier)* @modifiers "this" @name) @definition.property
(property_declaration (modifier)* @modifiers type: (_) @returns name: (_) @name
  accessors: (_)? @body value: (arrow_expression_clause)? @body) @definition.property
(event_declaration (modifier)* @modifiers name: (_) @name) @definition.property
(field_declaration (modifier)* @modifiers (variable_declaration (variable_declarator name: (_) @name)))
  @definition.field
(event_field_declaration (modifier)* @modifiers (variable_declaration (variable_declarator name: (_) @name)))
  @definition.field
(record_declaration (parameter_list (parameter name: (_) @name) @definition.property))

(using_directive name: (_) @import.alias (_) @import.path .) @import
(using_directive "using" . [(identifier) (qualified_name)] @import.module @import.wildcard .) @import
(using_directive "static" . [(identifier) (qualified_name)] @import.module @import.wildcard .) @import

(attribute name: (identifier) @reference.decorate)
(attribute name: (qualified_name qualifier: (_) @receiver name: (_) @reference.decorate))
(invocation_expression function: (identifier) @reference.call)
(invocation_expression function: (generic_name . (identifier) @reference.call))
(invocation_expression function: (member_access_expression expression: _ @receiver name: (identifier) @reference.call))
(invocation_expression function: (member_access_expression
  expression: _ @receiver name: (generic_name . (identifier) @reference.call)))
(invocation_expression function: (conditional_access_expression
  condition: _ @receiver (member_binding_expression name: (identifier) @reference.call)))
(invocation_expression function: (conditional_access_expression
  condition: _ @receiver (member_binding_expression name: (generic_name . (identifier) @reference.call))))
(object_creation_expression type: (identifier) @reference.construct)
(object_creation_expression type: (generic_name . (identifier) @reference.construct))
(object_creation_expression type: (qualified_name qualifier: (_) @receiver name: (identifier) @reference.construct))
(constructor_initializer ["base" "this"] @reference.call)
(parameter type: (identifier) @reference.type)
(parameter type: (nullable_type (identifier) @reference.type))
(variable_declaration type: (identifier) @reference.type)
(variable_declaration type: (nullable_type (identifier) @reference.type))
(property_declaration type: (identifier) @reference.type)
(method_declaration returns: (identifier) @reference.type)
(generic_name . (identifier) @reference.type)
(type_argument_list (identifier) @reference.type)
(array_type type: (identifier) @reference.type)
(cast_expression type: (identifier) @reference.type)
(as_expression right: (identifier) @reference.type)
(typeof_expression type: (identifier) @reference.type)
(declaration_pattern type: (identifier) @reference.type)
(catch_declaration type: (identifier) @reference.type)

(variable_declaration type: (implicit_type) (variable_declarator
  name: (_) @binding.name (object_creation_expression type: (_) @binding.type)))
(variable_declaration type: (implicit_type) (variable_declarator
  name: (_) @binding.name (invocation_expression function: (_) @binding.call)))
(variable_declaration type: (implicit_type) (variable_declarator
  name: (_) @binding.name (await_expression (invocation_expression function: (_) @binding.call))))
(variable_declaration type: (implicit_type) (variable_declarator
  name: (_) @binding.name (cast_expression type: (_) @binding.type)))
(variable_declaration type: [(identifier) (generic_name) (qualified_name) (nullable_type)] @binding.type
  (variable_declarator name: (_) @binding.name))
(property_declaration type: (_) @binding.type name: (_) @binding.name)
(record_declaration (parameter_list (parameter type: (_) @binding.type name: (_) @binding.name)))
(parameter type: (_) @binding.type name: (_) @binding.name)
(foreach_statement type: [(identifier) (generic_name) (qualified_name)] @binding.type left: (identifier) @binding.name)
(declaration_pattern type: (_) @binding.type name: (_) @binding.name)

(comment) @comment
