; C++: methods are defined far from their class (`A::B::c`), and a template wraps what it parametrises.

(comment) @comment

(preproc_include path: (string_literal (string_content) @import.module)) @import
(preproc_include path: (system_lib_string) @import.module) @import
((using_declaration (qualified_identifier scope: (_) @import.module name: [(identifier) (type_identifier)] @import.name)) @import
  (#not-match? @import "^using\\s+namespace"))
((using_declaration [(qualified_identifier) (identifier)] @import.module) @import @import.wildcard
  (#match? @import "^using\\s+namespace"))
(namespace_alias_definition name: (_) @import.alias (nested_namespace_specifier) @import.module) @import

(preproc_function_def name: (identifier) @name value: (preproc_arg) @body) @definition.macro
(preproc_def name: (identifier) @name value: (preproc_arg) @body) @definition.constant

(namespace_definition name: (_) @name body: (_)) @scope.namespace

; A template spans what it parametrises.
(template_declaration [(class_specifier) (struct_specifier) (function_definition)] @wrapped) @wrapper

(class_specifier
  name: [(type_identifier) @name (template_type name: (type_identifier) @name) (qualified_identifier scope: (_) @parent name: (type_identifier) @name)]
  (base_class_clause)? @bases
  body: (_) @body) @definition.class
(struct_specifier
  name: [(type_identifier) @name (template_type name: (type_identifier) @name) (qualified_identifier scope: (_) @parent name: (type_identifier) @name)]
  (base_class_clause)? @bases
  body: (_) @body) @definition.struct
; A macro between keyword and name makes the class read as a function whose type is the macro.
(function_definition type: (class_specifier !body) . declarator: (identifier) @name (ERROR)? @bases body: (_) @body) @definition.class
(function_definition type: (class_specifier !body) . (ERROR . (identifier) @name) declarator: (identifier) @bases body: (_) @body) @definition.class
(function_definition type: (struct_specifier !body) . declarator: (identifier) @name (ERROR)? @bases body: (_) @body) @definition.struct
(function_definition type: (struct_specifier !body) . (ERROR . (identifier) @name) declarator: (identifier) @bases body: (_) @body) @definition.struct
(function_definition type: [(class_specifier !body) (struct_specifier !body)] declarator: (identifier)
  body: (compound_statement (declaration declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (reference_declarator (identifier) @name)
    (init_declarator declarator: (identifier) @name)
  ]) @definition.field))
(union_specifier name: (type_identifier) @name body: (_) @body) @definition.union
(enum_specifier name: (type_identifier) @name body: (_) @body) @definition.enum
(enumerator name: (identifier) @name) @definition.enum_member
(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.type
(type_definition type: (struct_specifier !name body: (_) @body) declarator: (type_identifier) @name) @definition.struct
(type_definition type: (enum_specifier !name body: (_) @body) declarator: (type_identifier) @name) @definition.enum
((type_definition
   type: [(struct_specifier name: (_) @tag) (enum_specifier name: (_) @tag) (union_specifier name: (_) @tag)]
   declarator: (type_identifier) @name @definition.type)
  (#not-eq? @tag @name))
(type_definition
  type: [(type_identifier) (primitive_type) (sized_type_specifier) (qualified_identifier) (template_type) (dependent_type)]
  declarator: [
    (type_identifier) @name
    (pointer_declarator declarator: (type_identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name)))
  ]) @definition.type

; Functions whose name is plain: free ones, and members that the grammar wraps in a template.
(function_definition
  type: (_) @returns
  declarator: [
    (function_declarator declarator: [(identifier) (operator_name)] @name)
    (_ (function_declarator declarator: [(identifier) (operator_name)] @name))
  ]
  body: (_) @body) @definition.function
(declaration
  type: (_) @returns
  declarator: [
    (function_declarator declarator: [(identifier) (operator_name)] @name)
    (_ (function_declarator declarator: [(identifier) (operator_name)] @name))
  ]) @definition.function

; Methods in a class body, defined or declared.
(function_definition
  type: (_) @returns
  declarator: [
    (function_declarator declarator: [(field_identifier) (operator_name)] @name)
    (_ (function_declarator declarator: [(field_identifier) (operator_name)] @name))
  ]
  [(compound_statement) (default_method_clause) (delete_method_clause) (try_statement)] @body) @definition.method
(field_declaration
  type: (_) @returns
  declarator: [
    (function_declarator declarator: [(field_identifier) (operator_name)] @name)
    (_ (function_declarator declarator: [(field_identifier) (operator_name)] @name))
  ]) @definition.method
(function_definition
  declarator: (operator_cast type: (_) @returns) @name
  body: (_) @body) @definition.method

; A constructor has no type; at file level the same shape is a macro call, so only the class body counts.
(field_declaration_list (function_definition !type
  declarator: (function_declarator declarator: (identifier) @name)
  [(compound_statement) (default_method_clause) (delete_method_clause) (field_initializer_list)] @body) @definition.constructor)
(field_declaration_list (declaration !type
  declarator: (function_declarator declarator: (identifier) @name)) @definition.constructor)
(field_declaration_list (template_declaration (function_definition !type
  declarator: (function_declarator declarator: (identifier) @name)
  body: (_) @body) @definition.constructor) @outer)
(field_declaration_list (template_declaration (declaration !type
  declarator: (function_declarator declarator: (identifier) @name)) @definition.constructor) @outer)
(function_definition !type
  declarator: (function_declarator declarator: (destructor_name) @name)) @definition.method
(declaration !type
  declarator: (function_declarator declarator: (destructor_name) @name)) @definition.method

; Members defined out of line; the wildcard is a pointer or a reference to what they return.
(function_definition
  type: (_) @returns
  declarator: [
    (function_declarator declarator: (qualified_identifier scope: (_) @parent name: [(identifier) (operator_name)] @name))
    (function_declarator declarator: (qualified_identifier scope: (_) @parent
      name: (qualified_identifier scope: (_) @parent name: [(identifier) (operator_name)] @name)))
    (_ (function_declarator
      declarator: (qualified_identifier scope: (_) @parent name: [(identifier) (operator_name)] @name)))
    (_ (function_declarator declarator: (qualified_identifier scope: (_) @parent
      name: (qualified_identifier scope: (_) @parent name: [(identifier) (operator_name)] @name))))
  ]
  body: (_) @body) @definition.method
(function_definition !type
  declarator: (function_declarator declarator: [
    (qualified_identifier scope: (_) @parent name: (identifier) @name)
    (qualified_identifier scope: (_) @parent name: (qualified_identifier scope: (_) @parent name: (identifier) @name))
  ])
  body: (_) @body) @definition.constructor
(function_definition !type
  declarator: (function_declarator declarator: [
    (qualified_identifier scope: (_) @parent name: (destructor_name) @name)
    (qualified_identifier scope: (_) @parent name: (qualified_identifier scope: (_) @parent name: (destructor_name) @name))
  ])
  body: (_) @body) @definition.method
(function_definition
  declarator: (qualified_identifier scope: (_) @parent name: (operator_cast type: (_) @returns) @name)
  body: (_) @body) @definition.method

(function_definition
  type: (type_identifier)
  declarator: (parenthesized_declarator (identifier) @name)
  body: (_) @body) @definition.function
; googletest: TEST(Suite, Name) { … } reads as a function without a type.
((function_definition !type
   declarator: (function_declarator
     declarator: (identifier) @modifiers
     parameters: (parameter_list
       . (parameter_declaration type: (type_identifier) @parent)
       . (parameter_declaration type: (type_identifier) @name) .))
   body: (_) @body) @definition.function
  (#any-of? @modifiers "TEST" "TEST_F" "TEST_P" "TYPED_TEST" "TYPED_TEST_P"))

(field_declaration
  declarator: [
    (field_identifier) @name
    (pointer_declarator declarator: (field_identifier) @name)
    (reference_declarator (field_identifier) @name)
    (array_declarator declarator: (field_identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name)))
  ]) @definition.field

(translation_unit (declaration declarator: [
  (identifier) @name
  (pointer_declarator declarator: (identifier) @name)
  (array_declarator declarator: (identifier) @name)
  (init_declarator declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (array_declarator declarator: (identifier) @name)
    (qualified_identifier scope: (_) @parent name: (identifier) @name)
  ])
]) @definition.variable)
(declaration_list (declaration declarator: [
  (identifier) @name
  (pointer_declarator declarator: (identifier) @name)
  (array_declarator declarator: (identifier) @name)
  (init_declarator declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (array_declarator declarator: (identifier) @name)
    (qualified_identifier scope: (_) @parent name: (identifier) @name)
  ])
]) @definition.variable)

(call_expression function: [
  (identifier) @reference.call
  (template_function name: (identifier) @reference.call)
])
(call_expression function: (field_expression argument: (_) @receiver field: [
  (field_identifier) @reference.call
  (template_method name: (field_identifier) @reference.call)
]))
(call_expression function: (qualified_identifier scope: (_) @receiver name: [
  (identifier) @reference.call
  (template_function name: (identifier) @reference.call)
]))
(call_expression function: (qualified_identifier scope: (_) @receiver name: (qualified_identifier scope: (_) @receiver name: [
  (identifier) @reference.call
  (template_function name: (identifier) @reference.call)
])))
(call_expression function: (qualified_identifier scope: (_) @receiver name: (qualified_identifier scope: (_) @receiver
  name: (qualified_identifier scope: (_) @receiver name: [
    (identifier) @reference.call
    (template_function name: (identifier) @reference.call)
  ]))))
(new_expression type: [
  (type_identifier) @reference.construct
  (template_type name: (type_identifier) @reference.construct)
  (qualified_identifier scope: (_) @receiver name: (type_identifier) @reference.construct)
  (qualified_identifier scope: (_) @receiver name: (template_type name: (type_identifier) @reference.construct))
])
(compound_literal_expression type: [
  (type_identifier) @reference.construct
  (template_type name: (type_identifier) @reference.construct)
  (qualified_identifier scope: (_) @receiver name: (type_identifier) @reference.construct)
])
; `Foo bar(3)` and `Foo bar{3}` construct as `new Foo(3)` does.
(declaration
  type: [(type_identifier) @reference.construct (template_type name: (type_identifier) @reference.construct)]
  declarator: (init_declarator value: [(argument_list) (initializer_list)]))

; Smart pointers stand for what they point to.
((declaration
   type: (qualified_identifier name: (template_type
     name: (type_identifier) @pointer
     arguments: (template_argument_list . (type_descriptor) @binding.type)))
   declarator: [(identifier) @binding.name (init_declarator declarator: (identifier) @binding.name)])
  (#any-of? @pointer "unique_ptr" "shared_ptr" "optional"))
((field_declaration
   type: (qualified_identifier name: (template_type
     name: (type_identifier) @pointer
     arguments: (template_argument_list . (type_descriptor) @binding.type)))
   declarator: (field_identifier) @binding.name)
  (#any-of? @pointer "unique_ptr" "shared_ptr" "optional"))
((declaration
   type: (placeholder_type_specifier)
   declarator: (init_declarator
     declarator: (identifier) @binding.name
     value: (call_expression function: (qualified_identifier name: (template_function
       name: (identifier) @maker
       arguments: (template_argument_list . (type_descriptor) @binding.type))))))
  (#any-of? @maker "make_unique" "make_shared"))
(parameter_declaration type: (_) @binding.type declarator: [
  (identifier) @binding.name
  (pointer_declarator declarator: (identifier) @binding.name)
  (reference_declarator (identifier) @binding.name)
])
(declaration type: [(type_identifier) (qualified_identifier) (template_type)] @binding.type declarator: [
  (identifier) @binding.name
  (pointer_declarator declarator: (identifier) @binding.name)
  (reference_declarator (identifier) @binding.name)
  (init_declarator declarator: [
    (identifier) @binding.name
    (pointer_declarator declarator: (identifier) @binding.name)
    (reference_declarator (identifier) @binding.name)
  ])
])
(declaration type: (placeholder_type_specifier) declarator: (init_declarator
  declarator: [
    (identifier) @binding.name
    (pointer_declarator declarator: (identifier) @binding.name)
    (reference_declarator (identifier) @binding.name)
  ]
  value: [(call_expression function: (_) @binding.call) (new_expression type: (_) @binding.call)]))
(field_declaration type: [(type_identifier) (qualified_identifier) (template_type)] @binding.type declarator: [
  (field_identifier) @binding.name
  (pointer_declarator declarator: (field_identifier) @binding.name)
  (reference_declarator (field_identifier) @binding.name)
])
