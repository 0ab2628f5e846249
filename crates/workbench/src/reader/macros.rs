//! Macros that declare records and closed lists of words.

/// Declares a record: its type, reader, keys, defaults and schema at once.
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        $name:ident {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty $(= $default:literal)? ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            /// Where it stands.
            pub place: $crate::document::Place,
            $( $(#[doc = $field_doc])* pub $field: $type, )*
        }

        impl $crate::reader::Shape for $name {
            fn read(
                node: &$crate::document::Node,
                reader: &mut $crate::reader::Reader<'_>,
            ) -> Self {
                let Some(table) = reader.table::<Self>(node) else { return Self::poison() };
                Self {
                    place: node.place,
                    $( $field: reader.field(
                        node,
                        table,
                        const { $crate::reader::plain_key(stringify!($field)) },
                        $crate::reader::record!(@default $($default)?),
                    ), )*
                }
            }

            fn poison() -> Self {
                Self {
                    place: $crate::document::Place::NOWHERE,
                    $( $field: <$type as $crate::reader::Shape>::poison(), )*
                }
            }

            fn describe(_: &str) -> String {
                let keys: Vec<&str> = <Self as $crate::reader::Record>::fields()
                    .iter()
                    .filter(|field| field.required)
                    .map(|field| field.key)
                    .collect();
                if keys.is_empty() {
                    "a table".to_owned()
                } else {
                    format!("a table with {}", $crate::diagnostic::name_list(keys))
                }
            }

            fn schema() -> serde_json::Value {
                $crate::reader::record_schema::<Self>()
            }

            fn inner() -> Option<(&'static str, Vec<$crate::reader::Field>)> {
                Some(("", <Self as $crate::reader::Record>::fields()))
            }
        }

        impl $crate::reader::Record for $name {
            const DOC: &'static str = concat!($($doc),*);

            fn fields() -> Vec<$crate::reader::Field> {
                vec![ $( {
                    let default: Option<&'static str> =
                        $crate::reader::record!(@default $($default)?);
                    $crate::reader::Field {
                        key: const { $crate::reader::plain_key(stringify!($field)) },
                        doc: concat!($($field_doc),*),
                        required: default.is_none()
                            && <$type as $crate::reader::Shape>::absent().is_none(),
                        default,
                        schema: <$type as $crate::reader::Shape>::schema,
                        describe: <$type as $crate::reader::Shape>::describe,
                        inner: <$type as $crate::reader::Shape>::inner,
                    }
                } ),* ]
            }
        }
    };
    (@default) => { None };
    (@default $default:literal) => { Some($default) };
}

/// Declares a closed list of words.
macro_rules! choice {
    ($(#[doc = $doc:literal])* $name:ident { $( $(#[doc = $option_doc:literal])* $option:ident = $word:literal ),* $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $( $(#[doc = $option_doc])* $option, )*
            /// Could not be read; reported already.
            Unread,
        }

        impl $crate::reader::Shape for $name {
            fn read(
                node: &$crate::document::Node,
                reader: &mut $crate::reader::Reader<'_>,
            ) -> Self {
                match node.as_text() {
                    $( Some($word) => Self::$option, )*
                    Some(found) => {
                        let words = [$($word),*];
                        let diagnostic = reader
                            .error(node.place, format!("\"{found}\" in `{}`", reader.path()))
                            .expected(format!("one of {}", $crate::diagnostic::name_list(words)))
                            .nearest(found, words);
                        reader.push(diagnostic);
                        Self::Unread
                    }
                    None => reader.wrong(node),
                }
            }

            fn poison() -> Self {
                Self::Unread
            }

            fn describe(_: &str) -> String {
                format!("one of {}", $crate::diagnostic::name_list([$($word),*]))
            }

            fn schema() -> serde_json::Value {
                serde_json::json!({ "enum": [$($word),*] })
            }
        }
    };
}

pub(crate) use {choice, record};
