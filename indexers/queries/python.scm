; Definitions. A decorated one spans its decorators.
(decorated_definition definition: (_) @wrapped) @wrapper
(function_definition
  name: (identifier) @name return_type: (_)? @returns
  body: (block . (comment)* . (expression_statement (string) @doc)?) @body) @definition.function
(class_definition
  name: (identifier) @name superclasses: (_)? @bases
  body: (block . (comment)* . (expression_statement (string) @doc)?) @body) @definition.class
(type_alias_statement left: (type (identifier) @name)) @definition.type

; Module variables, also those under `if TYPE_CHECKING:` and `try:`, and class fields.
(module (expression_statement (assignment left: (identifier) @name) @definition.variable))
(module (expression_statement (assignment left: (pattern_list (identifier) @name)) @definition.variable))
(module (if_statement consequence: (block
  (expression_statement (assignment left: (identifier) @name) @definition.variable))))
(module (try_statement body: (block
  (expression_statement (assignment left: (identifier) @name) @definition.variable))))
(class_definition body: (block (expression_statement (assignment left: (identifier) @name) @definition.field)))

; Uses. A decorator that is called decorates; it is not one more call.
(decorator (identifier) @reference.decorate)
(decorator (attribute object: (_) @receiver attribute: (identifier) @reference.decorate))
(decorator (call function: (identifier) @reference.decorate))
(decorator (call function: (attribute object: (_) @receiver attribute: (identifier) @reference.decorate)))
(call function: (identifier) @reference.call)
(call function: (attribute object: (_) @receiver attribute: (identifier) @reference.call))
(type (identifier) @reference.type)
(type (attribute object: (_) @receiver attribute: (identifier) @reference.type))
(type (generic_type . (identifier) @reference.type))
(type (binary_operator (identifier) @reference.type))
(type (subscript value: (identifier) @reference.type))

(import_statement name: (dotted_name) @import.module) @import
(import_statement
  name: (aliased_import name: (dotted_name) @import.module alias: (identifier) @import.alias)) @import
(import_from_statement module_name: (_) @import.module name: (dotted_name) @import.name) @import
(import_from_statement module_name: (_) @import.module
  name: (aliased_import name: (dotted_name) @import.name alias: (identifier) @import.alias)) @import
(import_from_statement module_name: (_) @import.module (wildcard_import) @import.wildcard) @import

; What names hold.
(typed_parameter . (identifier) @binding.name type: (type) @binding.type)
(typed_default_parameter name: (identifier) @binding.name type: (type) @binding.type)
(assignment left: [(identifier) (attribute object: (identifier))] @binding.name type: (type) @binding.type)
(assignment left: [(identifier) (attribute object: (identifier))] @binding.name
  right: (call function: [(identifier) (attribute)] @binding.call))
(assignment left: [(identifier) (attribute object: (identifier))] @binding.name
  right: (await (call function: [(identifier) (attribute)] @binding.call)))
(assignment left: (attribute object: (identifier)) @binding.name right: (identifier) @binding.value)
(named_expression name: (identifier) @binding.name value: (call function: [(identifier) (attribute)] @binding.call))
(with_item value: (as_pattern (call function: [(identifier) (attribute)] @binding.call)
  alias: (as_pattern_target (identifier) @binding.name)))

(comment) @comment
(module . (comment)* . (expression_statement (string) @comment))

; What is only form: see plain.py.
(block) @form.block
(pass_statement) @form.drop
(typed_parameter ":" @form.drop type: (type) @form.drop)
(typed_default_parameter ":" @form.drop type: (type) @form.drop)
(function_definition "->" @form.drop return_type: (type) @form.drop)
(tuple . (_) . "," @form.keep . ")")
(return_statement [(parenthesized_expression) (tuple . (_))] @form.group)
(assignment right: [(parenthesized_expression) (tuple . (_))] @form.group)
(augmented_assignment right: (parenthesized_expression) @form.group)
(keyword_argument value: (parenthesized_expression) @form.group)
(default_parameter value: (parenthesized_expression) @form.group)
(if_statement condition: (parenthesized_expression) @form.group)
(elif_clause condition: (parenthesized_expression) @form.group)
(while_statement condition: (parenthesized_expression) @form.group)
(for_statement right: [(parenthesized_expression) (tuple . (_))] @form.group)
(for_statement left: (tuple_pattern) @form.group)
(assert_statement (parenthesized_expression) @form.group)
(raise_statement (parenthesized_expression) @form.group)
(pair value: (parenthesized_expression) @form.group)
(lambda body: (parenthesized_expression) @form.group)
(import_from_statement "(" @form.drop ")" @form.drop)
(concatenated_string (string (string_end) @form.drop) . (string (string_start) @form.drop))
