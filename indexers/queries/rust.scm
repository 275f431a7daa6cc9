; Rust: `impl` blocks are scopes, not symbols; `use` trees nest; what stands inside a macro call is a flat token tree.

(line_comment) @comment
(block_comment) @comment

; Attributes stand before their item as siblings; they belong to the symbol.
((attribute_item)+ @outer @modifiers .
 (function_item (visibility_modifier)? @modifiers name: (identifier) @name return_type: (_)? @returns body: (_) @body) @definition.function)
((attribute_item)+ @outer @modifiers . (struct_item (visibility_modifier)? @modifiers name: (type_identifier) @name body: (_)? @body) @definition.struct)
((attribute_item)+ @outer @modifiers . (enum_item (visibility_modifier)? @modifiers name: (type_identifier) @name body: (_) @body) @definition.enum)
((attribute_item)+ @outer @modifiers . (trait_item
  (visibility_modifier)? @modifiers
  name: (type_identifier) @name
  bounds: (trait_bounds)? @bases
  body: (_) @body) @definition.trait)
((attribute_item)+ @outer @modifiers . (mod_item (visibility_modifier)? @modifiers name: (identifier) @name body: (_) @body) @definition.module)
(function_item
  (visibility_modifier)? @modifiers
  name: (identifier) @name
  return_type: (_)? @returns
  body: (_) @body) @definition.function
(function_signature_item
  (visibility_modifier)? @modifiers
  name: (identifier) @name
  return_type: (_)? @returns) @definition.function
(struct_item (visibility_modifier)? @modifiers name: (type_identifier) @name body: (_)? @body) @definition.struct
(union_item (visibility_modifier)? @modifiers name: (type_identifier) @name body: (_) @body) @definition.union
(enum_item (visibility_modifier)? @modifiers name: (type_identifier) @name body: (_) @body) @definition.enum
(enum_variant name: (identifier) @name) @definition.enum_member
(field_declaration (visibility_modifier)? @modifiers name: (field_identifier) @name) @definition.field
(trait_item
  (visibility_modifier)? @modifiers
  name: (type_identifier) @name
  bounds: (trait_bounds)? @bases
  body: (_) @body) @definition.trait
(mod_item (visibility_modifier)? @modifiers name: (identifier) @name body: (_) @body) @definition.module
(const_item (visibility_modifier)? @modifiers name: (identifier) @name) @definition.constant
(static_item (visibility_modifier)? @modifiers name: (identifier) @name) @definition.variable
(type_item (visibility_modifier)? @modifiers name: (type_identifier) @name) @definition.type
(associated_type name: (type_identifier) @name) @definition.type
(macro_definition name: (identifier) @name) @definition.macro

(impl_item
  trait: (_)? @bases
  type: [
    (type_identifier) @name
    (generic_type type: (type_identifier) @name)
    (scoped_type_identifier name: (type_identifier) @name)
    (generic_type type: (scoped_type_identifier name: (type_identifier) @name))
    (reference_type type: (type_identifier) @name)
    (reference_type type: (generic_type type: (type_identifier) @name))
    (primitive_type) @name
  ]
  body: (_)) @scope

(mod_item name: (identifier) @import.module @import.alias !body) @import
(extern_crate_declaration name: (identifier) @import.module alias: (identifier)? @import.alias) @import
(use_declaration argument: [
  (identifier) @import.module
  (use_as_clause path: (identifier) @import.module alias: (_) @import.alias)
  (scoped_identifier path: (_) @import.module name: (_) @import.name)
  (use_as_clause path: (scoped_identifier path: (_) @import.module name: (_) @import.name) alias: (_) @import.alias)
  (use_wildcard (_) @import.module) @import.wildcard
]) @import
; Lists: each level of nesting adds one more piece to the module, outermost first.
(use_declaration argument: (scoped_use_list path: (_) @import.module list: (use_list [
  (identifier) @import.name
  (use_as_clause path: (identifier) @import.name alias: (_) @import.alias)
  (use_as_clause path: (self) alias: (_) @import.alias)
  (scoped_identifier path: (_) @import.module name: (_) @import.name)
  (use_as_clause path: (scoped_identifier path: (_) @import.module name: (_) @import.name) alias: (_) @import.alias)
  (use_wildcard (_) @import.module) @import.wildcard
]))) @import
(use_declaration argument: (scoped_use_list path: (_) @import.module list: (use_list (scoped_use_list
  path: (_) @import.module
  list: (use_list [
    (identifier) @import.name
    (use_as_clause path: (identifier) @import.name alias: (_) @import.alias)
    (scoped_identifier path: (_) @import.module name: (_) @import.name)
    (use_wildcard (_) @import.module) @import.wildcard
  ]))))) @import
(use_declaration argument: (scoped_use_list path: (_) @import.module list: (use_list (scoped_use_list
  path: (_) @import.module
  list: (use_list (scoped_use_list
    path: (_) @import.module
    list: (use_list [
      (identifier) @import.name
      (use_as_clause path: (identifier) @import.name alias: (_) @import.alias)
    ]))))))) @import
; `self` in a list is the module of the list, a bare `*` everything in it.
(use_declaration argument: (scoped_use_list
  path: [(identifier) @import.alias (crate) @import.alias (scoped_identifier name: (_) @import.alias)] @import.module
  list: (use_list (self)))) @import
(use_declaration argument: (scoped_use_list path: (_) @import.module list: (use_list (scoped_use_list
  path: [(identifier) @import.alias (scoped_identifier name: (_) @import.alias)] @import.module
  list: (use_list (self)))))) @import
((use_declaration argument: (scoped_use_list path: (_) @import.module list: (use_list (use_wildcard) @import.wildcard))) @import
  (#eq? @import.wildcard "*"))
((use_declaration argument: (scoped_use_list path: (_) @import.module list: (use_list (scoped_use_list
   path: (_) @import.module
   list: (use_list (use_wildcard) @import.wildcard))))) @import
  (#eq? @import.wildcard "*"))
(use_declaration argument: (use_list [
  (identifier) @import.module
  (scoped_identifier path: (_) @import.module name: (_) @import.name)
])) @import

(call_expression function: [
  (identifier) @reference.call
  (field_expression value: (_) @receiver field: (field_identifier) @reference.call)
  (scoped_identifier path: (_)? @receiver name: (identifier) @reference.call)
  (generic_function function: (identifier) @reference.call)
  (generic_function function: (field_expression value: (_) @receiver field: (field_identifier) @reference.call))
  (generic_function function: (scoped_identifier path: (_)? @receiver name: (identifier) @reference.call))
])
(macro_invocation macro: [
  (identifier) @reference.call
  (scoped_identifier path: (_)? @receiver name: (identifier) @reference.call)
])
; Inside a macro call `name(…)` and `x.name(…)` are a name right before a parenthesised token tree.
((token_tree (identifier) @reference.call . (token_tree) @arguments) (#match? @arguments "^\\("))
(struct_expression name: [
  (type_identifier) @reference.construct
  (scoped_type_identifier path: (_)? @receiver name: (type_identifier) @reference.construct)
])
(attribute_item (attribute [
  (identifier) @reference.decorate
  (scoped_identifier path: (_) @receiver name: (identifier) @reference.decorate)
]))

(parameter pattern: [(identifier) @binding.name (mut_pattern (identifier) @binding.name)] type: (_) @binding.type)
(let_declaration pattern: (identifier) @binding.name type: (_) @binding.type)
(let_declaration pattern: (identifier) @binding.name !type value: [
  (call_expression function: (_) @binding.call)
  (try_expression (call_expression function: (_) @binding.call))
  (try_expression (await_expression (call_expression function: (_) @binding.call)))
  (await_expression (call_expression function: (_) @binding.call))
  (struct_expression name: (_) @binding.call)
])
(field_declaration name: (field_identifier) @binding.name type: (_) @binding.type)
